import { createCpuBackend } from '@ttrec/backend-cpu';
import { cost, EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { refusal } from '@ttrec/test-support';
import { singles } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';
import { readBlock } from './host-values.ts';

const size = { numEmbeddings: 60, embeddingDim: 8 };

/** The rows of some ids after three steps. */
async function trained(rate: number | undefined, learningRate: number): Promise<Float32Array> {
  const backend = createCpuBackend();
  const table: TableConfig = { kind: 'tt', ranks: 3, ...(rate === undefined ? {} : { rate }) };
  const bag = new EmbeddingBag({ backend, ...size, table, optimizer: { rule: 'adagrad' } });
  const ids = Uint32Array.from([1, 2, 59]);
  for (let step = 0; step < 3; step++) {
    bag.forward(singles(ids));
    bag.backward({ gradOut: new Float32Array(3 * 8).fill(0.5), learningRate });
  }
  return readBlock(backend, bag.forward(singles(ids)));
}

test('the rate of a TT multiplies the learning rate of its cores', async () => {
  expect(await trained(0.25, 0.2)).toEqual(await trained(undefined, 0.05));
  expect(await trained(0.25, 0.2)).not.toEqual(await trained(undefined, 0.2));
});

test('cores that train as integers have no rate of their own', () => {
  const config: TableConfig = { kind: 'integers', into: { kind: 'tt', ranks: 3, rate: 0.3 } };
  expect(() => cost(config, size)).toThrow(
    refusal('embeddings/bad-integers', 'rate of the table inside: must be left out', 'got 0.3'),
  );
});
