import type { Backend } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import { openDataset, type Dataset } from '@ttrec/data';
import type { RawRow } from '@ttrec/data/encoding';
import { Dlrm } from '@ttrec/dlrm';
import { Planner } from '@ttrec/planner';
import { encodeModel, fit, modelConfig } from '@ttrec/training';

/** What a served model has beside its tables, in bytes of a file: MLPs, names. */
const BUDGET = 300_000;
const ROWS = 200_000;
const STEPS = 60;

/** A click of a shop: users and items that come often and seldom. */
function clickRows(count: number): string[] {
  const stream = new RandomStream(12345, 'bench/clicks');
  const uniform = () => stream.nextUniform();
  return Array.from({ length: count }, () => {
    const user = Math.floor(2e6 * uniform() * uniform());
    const item = Math.floor(5e5 * uniform() * uniform());
    const label = Number(uniform() < (item % 3 === user % 3 ? 0.6 : 0.15));
    const [category, hour] = [Math.floor(200 * uniform()), Math.floor(24 * uniform())];
    return `${label},u${user},i${item},c${category},${(100 * uniform()).toFixed(2)},${hour}`;
  });
}

async function openClicks(): Promise<Dataset> {
  const file = new Blob([['label,user,item,cat,price,hour', ...clickRows(ROWS)].join('\n')]);
  return openDataset(
    {
      format: 'csv',
      path: 'clicks.csv',
      label: { column: 'label', equals: '1' },
      dense: [
        { column: 'price', transform: 'log1p' },
        { column: 'hour', transform: 'standardise' },
      ],
      features: [{ column: 'user' }, { column: 'item' }, { column: 'cat' }],
      split: { by: 'last', validation: 0.1, test: 0.1 },
    },
    { seed: 1, files: { 'clicks.csv': file } },
  );
}

/** The bytes of a model file: 200,000 clicks, every table planned so that the weights take 300 kB, trained for some steps. */
export async function clickModel(backend: Backend): Promise<Uint8Array> {
  const data = await openClicks();
  const sizes = new Map(data.schema.features.map(({ table, numEmbeddings }) => [table, numEmbeddings]));
  const features = [...sizes].map(([name, numEmbeddings]) => ({ name, numEmbeddings }));
  const mlpBytes = 4 * (2 * 64 + 64 * 16 + 22 * 64 + 64 * 32 + 32 + 64 + 16 + 64 + 32 + 1);
  const planned = new Planner(features, { embeddingDim: 16 }).plan(BUDGET - mlpBytes);
  const configs = new Map(planned.tables.map(({ name, config }) => [name, config]));
  const model = new Dlrm({
    backend,
    ...modelConfig(data, { embeddingDim: 16, tables: ({ name }) => configs.get(name)! }),
  });
  try {
    await fit(model, data, { steps: STEPS, batchSize: 512, learningRate: 0.05, checkpointEvery: STEPS });
    const chunks: Uint8Array[] = [];
    for await (const chunk of encodeModel(model, { data })) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    model.dispose();
  }
}

/** One user, and items of which each has a row. */
export function rankRequest(candidates: number, at: number): { context: RawRow; items: RawRow[] } {
  const rows = clickRows(candidates + 1 + at)
    .slice(at)
    .map((row) => row.split(','));
  const [, user, , , , hour] = rows[0]!;
  const items = rows
    .slice(1)
    .map(([, , item, cat, price]) => ({ item: item!, cat: cat!, price: Number(price) }));
  return { context: { user: user!, hour: Number(hour) }, items };
}
