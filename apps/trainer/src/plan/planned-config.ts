import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { TableSpec } from '@ttrec/embeddings';
import type { TrainConfig } from '@ttrec/training/config';
import type { PlanSource } from './plan-source.ts';

/**
 * The config with its tables as they were planned, to be written to `path`: files that it names relative to where it came
 * from are named relative to where it goes.
 */
export function plannedConfig(
  { config, baseDirectory }: PlanSource,
  tables: readonly TableSpec[],
  path: string,
): object {
  const moved = (file: string) =>
    isAbsolute(file) ? file : relative(dirname(resolve(path)), resolve(baseDirectory, file));
  const byName = Object.fromEntries(tables.map((table) => [table.name, table.config]));
  return {
    ...config,
    kinds: config.kinds?.modules.map((module) => moved(module.path)),
    data: withPaths(config.data, moved),
    model: { ...config.model, tables: { default: { kind: 'dense' }, byName } },
  };
}

function withPaths(data: TrainConfig['data'], moved: (file: string) => string): TrainConfig['data'] {
  if (data.format === 'synthetic') return data;
  if (data.format === 'criteo') return { ...data, path: moved(data.path) };
  const join = data.join.map((joined) => ({ ...joined, path: moved(joined.path) }));
  // An address stays what it is.
  if ('path' in data) return { ...data, join, path: URL.canParse(data.path) ? data.path : moved(data.path) };
  if (data.format === 'rows' || data.database === undefined) return { ...data, join };
  return { ...data, join, database: moved(data.database) };
}
