import { wholeBlock } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBagCollection, ScoringCollection, stateReader, type TableConfig } from '@ttrec/embeddings';
import { integers, refusal, trained } from '@ttrec/test-support';
import { bagsOf } from '@ttrec/testkit/backend';
import { expect, test } from 'vitest';
import { readBlock } from './host-values.ts';

const numEmbeddings = 200;
const embeddingDim = 4;
const bags = [bagsOf([[7], [199, 0], []])];

function pair(config: TableConfig) {
  const backend = createCpuBackend();
  const options = { backend, embeddingDim, tables: [{ name: 'item', numEmbeddings, config }] };
  const out = wholeBlock(
    backend.createBuffer({ dtype: 'float32', rows: 3, cols: embeddingDim, label: 'out' }),
  );
  return {
    backend,
    out,
    whole: new EmbeddingBagCollection(options),
    scoring: new ScoringCollection(options),
  };
}

test.each(Object.entries({ ...trained, ...integers }))(
  'tables of the kind %s that only score have the bits of those that train, and no state of training',
  async (_, config) => {
    const { backend, out, whole, scoring } = pair(config);
    scoring.forward(bags, out, { training: false });
    await readBlock(backend, out);
    await scoring.loadState(stateReader(whole.state()), { allowUnknown: true });
    expect(
      scoring
        .state()
        .filter(({ role }) => role === 'model')
        .map(({ name }) => name),
    ).toEqual(
      whole
        .state()
        .filter(({ role }) => role === 'model')
        .map(({ name }) => name),
    );
    whole.forward(bags, out, { training: false });
    const expected = await readBlock(backend, out);
    scoring.forward(bags, out);
    expect(await readBlock(backend, out)).toEqual(expected);
    for (const collection of [whole, scoring]) collection.dispose();
  },
);

test('tables that only score refuse a forward for training', () => {
  const { out, scoring } = pair({ kind: 'dense' });
  expect(() => scoring.forward(bags, out, { training: true })).toThrow(
    refusal(
      'embeddings/inference-only',
      'forward for training: must be that of an EmbeddingBagCollection, got tables that only score',
    ),
  );
});
