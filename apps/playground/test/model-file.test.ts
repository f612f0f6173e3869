import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Dataset } from '@ttrec/data';
import { encodingDigest } from '@ttrec/data/encoding';
import { Dlrm } from '@ttrec/dlrm';
import { openRanker } from '@ttrec/serving';
import { encodeModel as encodeElsewhere, fit, modelConfig } from '@ttrec/training';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultSettings } from '../src/settings/settings.ts';
import { csvConfig, inspectCsv, openCsv } from '../src/worker/data/csv-source.ts';
import { decodeModel, encodeModel } from '../src/worker/model-file.ts';
import { csvSource, fileSource, type Source } from '../src/worker/data/source.ts';

const rows = Array.from({ length: 300 }, (_, i) => ({
  user: `u${i % 7}`,
  item: `i${(i * 5) % 11}`,
  age: i % 40,
}));
const csv = new File(
  [
    [
      'user,item,age,click',
      ...rows.map((row, i) => [...Object.values(row), ((i * 5) % 11) % 2].join(',')),
    ].join('\n'),
  ],
  'clicks.csv',
);
const backend = createCpuBackend();
afterAll(() => backend.dispose());
let dataset: Dataset;
let source: Source;
let model: Dlrm;

beforeAll(async () => {
  const dropped = await inspectCsv(csv);
  const roles = [
    { name: 'user', role: 'id' as const, positive: '' },
    { name: 'item', role: 'id' as const, positive: '' },
    { name: 'age', role: 'number' as const, positive: '' },
    { name: 'click', role: 'label' as const, positive: '1' },
  ];
  const config = csvConfig(dropped, roles, false);
  dataset = await openCsv(csv, config, 1);
  const { encoding } = dataset;
  if (encoding?.format !== 'csv') throw new Error('a CSV file has an encoding of its own');
  source = csvSource({ source: 'csv', name: 'clicks.csv', config, encoding });
  const tables = () => ({ kind: 'tt', ranks: 2 }) as const;
  model = new Dlrm({ backend, ...modelConfig(source, { embeddingDim: 4, tables }) });
  await fit(model, dataset, { steps: 30, batchSize: 32, learningRate: 0.2 });
});

const valuesOf = ({ age, user, item }: (typeof rows)[number]) => [String(age), user, item];
const logits = async (of: Dlrm, by: Source) =>
  Promise.all(
    rows.slice(0, 40).map(async (row) => {
      const [logit] = await of.predict(await by.encode(valuesOf(row)), { output: 'logits' });
      return logit!;
    }),
  );

async function fileOf(chunks: AsyncIterable<Uint8Array>, name: string): Promise<File> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new File(parts as Uint8Array<ArrayBuffer>[], name);
}

/** The model of a file as the page builds it. */
async function loaded(file: File): Promise<Dlrm> {
  const { config, snapshot } = await decodeModel(file);
  const made = new Dlrm({ backend, ...config });
  await made.loadState(snapshot.state, { allowMissing: 'training' });
  return made;
}

test('a model that is saved in the page is opened by a ranker, with the bits of the page', async () => {
  const blob = await encodeModel(model, { settings: defaultSettings, step: 30, source });
  await using ranker = await openRanker(blob, { backend });
  const expected = await logits(model, source);
  expect([...(await ranker.score(rows.slice(0, 40))).logits]).toEqual(expected);
  expect(new Set(expected).size).toBeGreaterThan(20);
  expect(ranker.step).toBe(30);
});

test('the page reads its own file again, settings and data included', async () => {
  const settings = { ...defaultSettings, embeddingDim: 4, seed: 9 };
  const blob = await encodeModel(model, { settings, step: 30, source });
  const file = new File([blob], 'mine.safetensors');
  const decoded = await decodeModel(file);
  expect(decoded.settings).toEqual(settings);
  expect(decoded.data).toMatchObject({ source: 'csv', name: 'clicks.csv', config: { format: 'csv' } });
  expect(encodingDigest(decoded.encoding!)).toBe(encodingDigest(dataset.encoding!));
  expect(decoded.snapshot.training.step).toBe(30);
  expect(await logits(await loaded(file), source)).toEqual(await logits(model, source));
});

test('a model that was trained elsewhere scores in the page, of whatever kind its tables are', async () => {
  const tables = () => ({ kind: 'hot-cold', hot: 3, cold: { kind: 'low-rank', rank: 2 } }) as const;
  const other = new Dlrm({ backend, ...modelConfig(source, { embeddingDim: 6, topMlp: [9], tables }) });
  await fit(other, dataset, { steps: 20, batchSize: 32, learningRate: 0.2 });
  const file = await fileOf(encodeElsewhere(other, { data: dataset, step: 20 }), 'served.safetensors');
  const { settings, data, schema, encoding } = await decodeModel(file);
  expect(data).toEqual({ source: 'file', name: 'served.safetensors' });
  expect(settings).toMatchObject({ kind: 'hot-cold', embeddingDim: 6 });
  const foreign = fileSource('served.safetensors', schema, encoding);
  expect(await logits(await loaded(file), foreign)).toEqual(await logits(other, source));
  // Saved again by the page, it is still that model.
  const again = await encodeModel(await loaded(file), { settings, step: 20, source: foreign });
  await using ranker = await openRanker(again, { backend });
  expect([...(await ranker.score(rows.slice(0, 40))).logits]).toEqual(await logits(other, source));
});

test('a model of ids has fields for ids', async () => {
  const schema = {
    dense: ['x'],
    features: [{ name: 'c', table: 'c', numEmbeddings: 9, multiValued: false }],
  };
  const ids = new Dlrm({ backend, ...modelConfig({ schema, baseRate: 0.4 }, { embeddingDim: 4 }) });
  const file = await fileOf(encodeElsewhere(ids, { data: { schema } }), 'ids.safetensors');
  const decoded = await decodeModel(file);
  const foreign = fileSource('ids.safetensors', decoded.schema, decoded.encoding);
  expect((await foreign.encode(['0.5', '8'])).features).toMatchObject([{ indices: Uint32Array.of(8) }]);
  await expect(foreign.encode(['0.5', '9'])).rejects.toMatchObject({ code: 'playground/bad-value' });
});

test.each<[string, (all: Record<string, string>) => Record<string, string>, string, RegExp]>([
  ['no model', () => ({}), 'training/not-a-model', /must have the format ttrec-model-1/],
  [
    'a model without columns',
    ({ format, config }) => ({ format: format!, config: config! }),
    'playground/not-a-model',
    /must say which columns/,
  ],
  [
    'what another page wrote',
    (all) => ({ ...all, 'ttrec.playground': '{"version":2}' }),
    'playground/not-a-model',
    /must be what this page writes/,
  ],
])('refuses a file of %s', async (_, change, code, message) => {
  const { streamSafetensors, openSafetensorsFrom } = await import('@ttrec/tensor-files/safetensors');
  const { bytesSource } = await import('@ttrec/tensor-files/byte-source');
  const blob = await encodeModel(model, { settings: defaultSettings, step: 1, source });
  const opened = await openSafetensorsFrom(bytesSource(new Uint8Array(await blob.arrayBuffer())));
  const file = await fileOf(streamSafetensors([], change({ ...opened.metadata })), 'x.safetensors');
  await expect(decodeModel(file)).rejects.toMatchObject({ code });
  await expect(decodeModel(file)).rejects.toThrow(message);
});
