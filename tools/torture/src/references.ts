import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { bitsOf } from './saved.ts';
import type { Bench, Reference } from './trial.ts';

/** Tables with state of every sort: cores, hashes, hot rows, a cache with its counters. A checkpoint every third step. */
const tables = {
  C2: { kind: 'tt', ranks: 3 },
  C3: { kind: 'cached', rows: 4, into: { kind: 'tt', ranks: 2 }, warmUp: 2, refreshEvery: 5 },
  C4: { kind: 'hot-cold', hot: 5, cold: { kind: 'hash', buckets: 9, into: { kind: 'dense' } } },
};

function configOf(embeddingDim: number, byName: object): object {
  return {
    name: 'torture',
    data: {
      format: 'synthetic',
      rows: { train: 640, validation: 64, test: 64 },
      cardinalities: [300, 200, 60, 80],
      dense: 3,
    },
    model: { embeddingDim, bottomMlp: [8], topMlp: [8], tables: { byName } },
    training: { batchSize: 16, epochs: 2, logEvery: 4, evaluateEvery: 10, checkpointEvery: 3 },
  };
}

/** Writes the configs, trains each undisturbed, and takes the time. */
export async function references(folder: string): Promise<Pick<Bench, 'configs' | 'denseConfig' | 'runMs'>> {
  const denseConfig = join(folder, 'dense.json');
  writeFileSync(denseConfig, JSON.stringify(configOf(4, {})));
  const begun = performance.now();
  const first = await reference(folder, 4);
  const runMs = performance.now() - begun;
  return { configs: [first, await reference(folder, 8)], denseConfig, runMs };
}

async function reference(folder: string, embeddingDim: number): Promise<Reference> {
  const config = join(folder, `dim-${embeddingDim}.json`);
  writeFileSync(config, JSON.stringify(configOf(embeddingDim, tables)));
  const path = join(folder, `reference-${embeddingDim}`);
  await run('train', config, '--out', path);
  return { config, run: path, bits: bitsOf(path) };
}
