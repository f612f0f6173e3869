import { resolve } from 'node:path';
import { usageError } from '../error.ts';
import { modelName } from './run-source.ts';

/** What stands before the `=` of `clicks=runs/clicks-2`. */
const NAMED = /^(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)=(?<path>.+)$/;

/**
 * Run folders and model files by the name of their model: what stands before `=`, or the name of the folder. Several of one name are its
 * versions.
 *
 * @throws `trainer/model-twice` for two paths of one model that end alike, whose versions would have the same name
 */
export function modelPaths(given: readonly string[]): Record<string, string[]> {
  const models: Record<string, string[]> = {};
  for (const text of given) {
    const { name, path = text } = NAMED.exec(text)?.groups ?? {};
    const paths = (models[name ?? modelName(resolve(path))] ??= []);
    if (paths.some((other) => modelName(other) === modelName(resolve(path)))) {
      throw usageError('model-twice', {
        subject: `model "${name ?? modelName(path)}"`,
        rule: 'must be given once by folders of the same name',
        got: given,
        hint: 'Name the models: NAME=RUN.',
      });
    }
    paths.push(resolve(path));
  }
  return models;
}
