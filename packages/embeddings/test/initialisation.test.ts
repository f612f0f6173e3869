import { createCpuBackend } from '@ttrec/backend-cpu';
import { singles } from '@ttrec/testkit/backend';
import { EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { readBlock } from './host-values.ts';

const EMBEDDING_DIM = 16;
const RANKS = [1, 2, 4, 8, 16, 32, 64];

/** Mean and mean square of the whole table as lookups see it, padding left out. */
async function moments(config: TableConfig, numEmbeddings: number, rows = numEmbeddings) {
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({
    backend,
    numEmbeddings,
    embeddingDim: EMBEDDING_DIM,
    table: config,
    seed: 1,
  });
  const ids = Array.from({ length: rows }, (_, i) => i);
  const values = await readBlock(backend, bag.forward(singles(ids), { training: false }));
  await backend.dispose();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanSquare = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  return { mean, ratio: meanSquare * 3 };
}

/** What is promised. A draw of the dense tables below is within 1 %. */
const WITHIN = 0.05;

describe('rows start with variance 1/(3N)', () => {
  const cases = [2, 3, 4].flatMap((cores) =>
    [1000, 997].flatMap((n) => RANKS.map((ranks) => ({ cores, ranks, n }))),
  );
  test.each(cases)('tt, $cores cores, rank $ranks, N = $n', async ({ cores, ranks, n }) => {
    const { mean, ratio } = await moments({ kind: 'tt', cores, ranks }, n);
    expect(Math.abs(ratio * n - 1)).toBeLessThan(WITHIN);
    expect(Math.abs(mean)).toBeLessThan(0.3 * Math.sqrt(1 / (3 * n)));
  });

  test('tt, the sampled Gaussian of the paper', async () => {
    const initialisation = { distribution: 'sampled-gaussian' } as const;
    const { ratio } = await moments({ kind: 'tt', ranks: 16, initialisation }, 1000);
    expect(Math.abs(ratio * 1000 - 1)).toBeLessThan(WITHIN);
  });

  test('tt, the scale of the reference misses it, the more the larger the rank', async () => {
    const initialisation = { scale: 'reference' } as const;
    const small = await moments({ kind: 'tt', ranks: 2, initialisation }, 1000);
    const large = await moments({ kind: 'tt', ranks: 16, initialisation }, 1000);
    expect(large.ratio).toBeGreaterThan(10 * small.ratio);
  });

  test('dense, drawn in more than one chunk', async () => {
    const { mean, ratio } = await moments({ kind: 'dense' }, 5000);
    expect(Math.abs(ratio * 5000 - 1)).toBeLessThan(WITHIN);
    expect(Math.abs(mean)).toBeLessThan(0.02 * Math.sqrt(1 / 15_000));
  });

  test('hash to dense: N is the number of buckets', async () => {
    const table = { kind: 'hash', buckets: 1000, function: 'modulo', into: { kind: 'dense' } } as const;
    const { ratio } = await moments(table, 1_000_000, 1000);
    expect(Math.abs(ratio * 1000 - 1)).toBeLessThan(WITHIN);
  });

  test('hash to tt: N is the number of buckets', async () => {
    const into = { kind: 'tt', ranks: 8 } as const;
    const table = { kind: 'hash', buckets: 1000, function: 'modulo', into } as const;
    const { ratio } = await moments(table, 1_000_000, 1000);
    expect(Math.abs(ratio * 1000 - 1)).toBeLessThan(WITHIN);
  });
});

test('a dense table lies within ±sqrt(1/N)', async () => {
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, numEmbeddings: 100, embeddingDim: EMBEDDING_DIM });
  const values = await backend.read(bag.parameters[0]!.weights);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.sqrt(1 / 100)));
});
