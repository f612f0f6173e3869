import { createWasmBackend } from '@ttrec/backend-wasm';
import { RandomStream } from '@ttrec/core';
import { openDataset } from '@ttrec/data';
import { createEncoder, type RawRow } from '@ttrec/data/encoding';
import { Dlrm } from '@ttrec/dlrm';
import { openRanker } from '@ttrec/serving';
import { encodeModel, fit } from '@ttrec/training';
import { expect, test } from 'vitest';

const USERS = 120;
const ITEMS = 60;
const stream = new RandomStream(11, 'wants');
/** An item is wanted by a share of the users that is its own, from 2 % to 30 %. */
const share = (item: number) => 0.02 + (0.28 * item) / (ITEMS - 1);
const all: RawRow[] = Array.from({ length: USERS * ITEMS }, (_, i) => {
  return { user: `u${Math.floor(i / ITEMS)}`, item: i % ITEMS };
});
const wanted = all.filter(({ item }) => stream.nextUniform() < share(item as number));

test('scores of a model trained on drawn negatives are the chances of all pairs, in sum and for items of each kind', async () => {
  const dataset = await openDataset(
    {
      format: 'rows',
      label: { every: 'positive' },
      negatives: { user: 'user', item: 'item', ratio: 2 },
      features: [{ column: 'user' }, { column: 'item' }],
      split: { by: 'random', test: 0 },
    },
    {
      seed: 2,
      rows: async function* () {
        yield wanted;
      },
    },
  );
  await using backend = await createWasmBackend();
  const model = Dlrm.for(dataset.schema, { backend, embeddingDim: 4, topMlp: [8], seed: 1 });
  await fit(model, dataset, { batchSize: 64, epochs: 12, learningRate: 0.05 });
  const file: Uint8Array[] = [];
  for await (const bytes of encodeModel(model, { data: dataset })) file.push(bytes);
  await using ranker = await openRanker(Buffer.concat(file), { backend });
  const { logits, probabilities } = await ranker.score(all);
  const sumOf = (keep: (item: number) => boolean) =>
    probabilities.reduce((sum, chance, i) => sum + (keep(all[i]!.item as number) ? chance : 0), 0);
  const countOf = (keep: (item: number) => boolean) =>
    wanted.filter(({ item }) => keep(item as number)).length;
  // About 1,150 pairs are wanted: the deviation of a count of half of them is 4 %, and a fit of 12 epochs adds its own.
  for (const keep of [() => true, (item: number) => item < 40, (item: number) => item >= 40])
    expect(Math.abs(sumOf(keep) / countOf(keep) - 1)).toBeLessThan(0.15);
  // A third of the drawn rows is positive, and a seventh of all pairs.
  const { logOddsShift } = createEncoder(dataset.encoding!);
  const drawn = logits.map((logit) => 1 / (1 + Math.exp(logOddsShift - logit)));
  expect(drawn.reduce((sum, chance) => sum + chance, 0) / all.length).toBeGreaterThan(0.25);
});
