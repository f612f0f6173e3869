import type { Pooling } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, type Bags } from '@ttrec/embeddings';
import { scaledError } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';
import { parameterValues, randomise, readBlock } from './host-values.ts';
import { referencePool, referenceRows } from './reference-table.ts';
import { bagsOf, sampleBags, singles, weighted } from './sample-bags.ts';
import { tableCases, type TableCase } from './table-cases.ts';

/** float32 arithmetic on sums of a few dozen products: 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

describe.each(tableCases)('forward of $name', (table) => {
  const last = table.numEmbeddings - 1;
  const batches: readonly (readonly [string, Bags])[] = [
    ['bags of many sizes', sampleBags(table.numEmbeddings)],
    ['one id a bag, up to the last', singles([0, last, Math.floor(last / 2), last])],
    ['empty bags only', bagsOf([[], [], []])],
    ['an empty bag at either end', bagsOf([[], [last, 0], []])],
    ['fifty times the same id', bagsOf([new Array<number>(50).fill(last)])],
  ];

  test.each(batches)('%s: sum, mean and weighted sum equal the dense reconstruction', async (_, bags) => {
    await expectPooled(table, bags, 'sum');
    await expectPooled(table, bags, 'mean');
    await expectPooled(table, weighted(bags), 'sum');
  });

  test('without training gives the same bits', async () => {
    const backend = createCpuBackend();
    const bag = new EmbeddingBag({ backend, ...table, table: table.config });
    const bags = sampleBags(table.numEmbeddings);
    const trained = await readBlock(backend, bag.forward(bags));
    expect(await readBlock(backend, bag.forward(bags, { training: false }))).toEqual(trained);
  });

  test('of no bags is [0, D]', async () => {
    const backend = createCpuBackend();
    const bag = new EmbeddingBag({ backend, ...table, table: table.config });
    const block = bag.forward(bagsOf([]));
    expect([block.rows, block.cols]).toEqual([0, table.embeddingDim]);
    bag.backward({ gradOut: new Float32Array(0), learningRate: 1 });
    await backend.sync();
  });
});

async function expectPooled(table: TableCase, bags: Bags, pooling: Pooling): Promise<void> {
  const { numEmbeddings, embeddingDim, config } = table;
  const backend = createCpuBackend();
  const bag = new EmbeddingBag({ backend, numEmbeddings, embeddingDim, table: config, pooling });
  randomise(backend, bag.parameters);
  const got = await readBlock(backend, bag.forward(bags));
  const rows = referenceRows(config, await parameterValues(backend, bag.parameters));
  const want = referencePool(rows, bags, pooling, embeddingDim);
  expect(got.length).toBe(want.length);
  if (want.every((value) => value === 0)) expect([...got]).toEqual([...want]);
  else expect(scaledError(got, want)).toBeLessThan(TOLERANCE);
  bag.dispose();
  expect(backend.memory()).toMatchObject({ buffers: 0, bytes: 0 });
}
