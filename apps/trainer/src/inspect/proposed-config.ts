import { inspect, type Inspection, type InspectOptions } from '@ttrec/data';
import { basename, dirname, relative, resolve } from 'node:path';
import { error } from '../error.ts';
import { formatCount } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** Reads a file and reports how far it has come. */
export async function inspected(path: string, options: InspectOptions, output: Output): Promise<Inspection> {
  const inspection = await inspect(URL.canParse(path) ? path : resolve(path), {
    ...options,
    onProgress: ({ rows }) => {
      if (output.isTerminal) output.status(`${formatCount(rows)} rows`);
    },
  });
  for (const warning of inspection.warnings) output.note(`warning: ${warning}`);
  return inspection;
}

/**
 * The config of `ttrec train` with the data that is proposed, whose path is relative to `folder`.
 * @throws `trainer/unknown-label` if the label could not be guessed
 */
export function proposedConfig(path: string, { config, candidates }: Inspection, folder: string) {
  if (config === undefined) {
    const hint =
      candidates.length > 0
        ? `It may be ${candidates.join(' or ')}: --label COLUMN.`
        : 'Name it: --label COLUMN.';
    throw error('unknown-label', {
      subject: path,
      rule: 'must have a column that is plainly the label, and one of ids',
      got: 'none',
      hint,
    });
  }
  const moved = URL.canParse(path) || !('path' in config) ? {} : { path: relative(folder, resolve(path)) };
  // Two vectors have one product, which carries next to nothing; side by side they carry all.
  const isPair =
    'features' in config &&
    Array.isArray(config.features) &&
    config.features.length < 3 &&
    !config.dense?.length;
  return {
    name: nameOf(path),
    seed: 1,
    data: { ...config, ...moved },
    model: { embeddingDim: 16, topMlp: [64, 32], ...(isPair && { interaction: { kind: 'cat' } }) },
    training: { batchSize: 256, epochs: 1, learningRate: 0.02, evaluateEvery: 500 },
  };
}

/** The name of a file without its endings. */
function nameOf(path: string): string {
  return (
    basename(path)
      .replace(/(\.[a-z0-9]+){1,2}$/i, '')
      .replaceAll(/[^\w.-]+/g, '-') || 'run'
  );
}

/** Where the config of a file goes unless it is said: beside the file. */
export function configPathOf(path: string): string {
  return resolve(URL.canParse(path) ? '.' : dirname(path), `${nameOf(path)}.json`);
}
