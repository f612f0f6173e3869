import { createHash } from 'node:crypto';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { wholeBlock } from '@ttrec/backend';
import {
  denseRows,
  EmbeddingBagCollection,
  type RowSource,
  type StateTensor,
  type TableConfig,
} from '@ttrec/embeddings';
import { normals } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';

const dense = { kind: 'dense' } as const;
const tt = { kind: 'tt', ranks: 4 } as const;
/** 9000 rows of 32 numbers are read in two blocks, of which the second is refused. */
const [numEmbeddings, embeddingDim] = [9000, 32];

const kinds: readonly TableConfig[] = [
  dense,
  tt,
  { kind: 'tt', ranks: 4, prefixTable: true },
  { kind: 'hash', buckets: 50, into: dense },
  { kind: 'hash', buckets: 50, probes: 2, signs: true, into: tt },
  { kind: 'hot-cold', hot: 8, cold: dense },
  { kind: 'hot-cold', hot: 8, cold: tt },
  { kind: 'compositional', method: 'quotient-remainder', buckets: 200, combine: 'sum' },
  { kind: 'low-rank', rank: 3 },
  { kind: 'mixed-dimension', dim: 2, into: dense },
  { kind: 'cached', rows: 4, into: tt, warmUp: 1, refreshEvery: 1 },
  { kind: 'int8', into: dense },
  { kind: 'int8', into: tt },
  { kind: 'int4', into: dense },
];

const good = normals(numEmbeddings * embeddingDim, 'good');
const sources: readonly [name: string, code: string, source: RowSource][] = [
  [
    'a NaN in the last row',
    'embeddings/row-not-finite',
    denseRows(Float32Array.from([...good.subarray(1), NaN]), embeddingDim),
  ],
  [
    'a last block that is too short',
    'embeddings/bad-rows',
    {
      numEmbeddings,
      embeddingDim,
      read: (start, end) =>
        good.subarray(start * embeddingDim, end * embeddingDim - Number(end === numEmbeddings)),
    },
  ],
];

test.each(kinds.flatMap((config) => sources.map(([name, code, source]) => ({ config, name, code, source }))))(
  'rows with $name change nothing of $config',
  async ({ config, code, source }) => {
    const backend = createCpuBackend();
    const collection = new EmbeddingBagCollection({
      backend,
      embeddingDim,
      tables: [{ name: 't', numEmbeddings, config }],
      optimizer: { rule: 'adagrad' },
    });
    const isTrained = collection.costs[0]!.cost.inferenceOnly !== true;
    const bags = [{ indices: Uint32Array.of(1, 2, 1, 8999), offsets: Uint32Array.of(0, 2, 4) }];
    const block = (label: string) =>
      wholeBlock(backend.createBuffer({ dtype: 'float32', rows: 2, cols: embeddingDim, label }));
    const [out, gradOut] = [block('out'), block('gradOut')];
    backend.write(gradOut.buffer, normals(2 * embeddingDim, 'gradient'));
    const backward = () => collection.backward(gradOut, { learningRate: 0.1 });
    const table = collection.table('t');
    await table.fit(denseRows(good, embeddingDim));
    for (let step = 0; isTrained && step < 3; step++) {
      collection.forward(bags, out);
      backward();
    }
    if (isTrained) collection.forward(bags, out);
    await collection.settled();
    const before = await saved(collection.state());
    await expect(table.fit(source)).rejects.toMatchObject({ code });
    expect(await saved(collection.state())).toEqual(before);
    // The forward before it can still be answered.
    if (isTrained) backward();
  },
);

async function saved(tensors: readonly StateTensor[]): Promise<Record<string, string>> {
  const digests = tensors.map(async ({ name, data }) => [
    name,
    createHash('sha256')
      .update(await data())
      .digest('hex'),
  ]);
  return Object.fromEntries((await Promise.all(digests)) as [string, string][]);
}
