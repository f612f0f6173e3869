import { createCpuBackend } from '@ttrec/backend-cpu';
import { fillNormal, RandomStream } from '@ttrec/core';
import { cost, denseRows, type RowSource } from '@ttrec/embeddings';
import { compressTable } from '@ttrec/embeddings/compress';
import { chooseTable, type ChooseTableOptions } from '@ttrec/planner';
import { refusal } from '@ttrec/test-support';
import { expect, test } from 'vitest';

const [numEmbeddings, embeddingDim] = [1000, 8];
const size = { numEmbeddings, embeddingDim };
const backend = createCpuBackend();

/** Rows that have nothing in common. */
function randomRows(): Float32Array {
  const values = new Float64Array(numEmbeddings * embeddingDim);
  fillNormal(values, new RandomStream(1, 'rows'));
  return Float32Array.from(values);
}

const rows = randomRows();
const weights = Float64Array.from({ length: numEmbeddings }, (_, id) => 1 / (id + 1));

/** The table that is chosen, fitted to the rows. */
async function compressed(source: RowSource, options: ChooseTableOptions) {
  return compressTable(source, { backend, table: await chooseTable(source, options) });
}

test.each([['tt'], ['hash'], ['hash→tt'], ['int8→tt']])('fits a table of kind %s to bytes', async (kind) => {
  const few = denseRows(
    Float32Array.from({ length: 40_000 }, (_, at) => Math.sin(at)),
    8,
  );
  const { bytes, config } = await compressed(few, { bytes: 9000, kinds: [kind] });
  // One more in one TT-rank is the least that a TT-matrix can grow by.
  expect(config.kind).toBe(kind.split('→')[0]);
  expect(bytes).toBe(cost(config, { numEmbeddings: 5000, embeddingDim: 8 }).bytes);
  expect(bytes).toBeLessThanOrEqual(9000);
  expect(bytes).toBeGreaterThan(0.94 * 9000);
});

test('chooses among kinds by what the rows themselves lose as a TT', async () => {
  const options = { bytes: 6000, kinds: ['tt', 'hash'] };
  // Two waves: a TT of low rank. Rows of noise, all read alike: nothing for a TT.
  const waves = Float32Array.from({ length: 8000 }, (_, at) => Math.sin(at / 8 / 60) + (at % 8));
  const structured = await compressed(denseRows(waves, 8), options);
  expect(structured.config.kind).toBe('tt');
  expect(structured.report.relativeError).toBeLessThan(0.05);
  const noise = await compressed(denseRows(rows, 8), options);
  const tt = await compressed(denseRows(rows, 8), { ...options, kinds: ['tt'] });
  expect(noise.report.relativeError).toBeLessThanOrEqual(tt.report.relativeError);
});

test('chooses kinds that can be trained if asked to', async () => {
  const source = denseRows(rows, embeddingDim, weights);
  expect((await chooseTable(source, { bytes: 9000 })).kind).toBe('int4');
  const trainable = await chooseTable(source, { bytes: 9000, trainable: true });
  expect(cost(trainable, size).inferenceOnly).not.toBe(true);
  const tuned = await compressTable(source, {
    backend,
    table: trainable,
    fineTune: { steps: 2, batchSize: 16 },
  });
  expect(tuned.fineTuned).toMatchObject({ steps: 2 });
});

test('refuses kinds that cannot be trained before it reads a row', async () => {
  const read = () => {
    throw new Error('a row was read');
  };
  const kinds = ['tt', 'int8→tt'];
  await expect(chooseTable({ ...size, read }, { bytes: 9000, kinds, trainable: true })).rejects.toThrow(
    refusal('planner/not-trainable', 'kind "int8→tt": cannot be trained'),
  );
});

test('refuses weights that are not one a row, whether kinds are open or not', async () => {
  const bad = { ...denseRows(rows, 8), weights: Float64Array.of(1, 2) };
  for (const kinds of [['tt'], ['tt', 'hash']]) {
    await expect(chooseTable(bad, { bytes: 6000, kinds, name: 'item' })).rejects.toThrow(
      refusal('planner/bad-counts', 'feature "item"', 'one count for each of the 1000 rows, got 2'),
    );
  }
});

test.each<[object, string, ...string[]]>([
  [{ byte: 100 }, 'planner/unknown-option', 'chooseTable: takes only', 'Did you mean "bytes"?'],
  [{}, 'planner/bad-budget', 'bytes'],
])('refuses the options %j', async (options, code, ...words) => {
  await expect(chooseTable(denseRows(rows, 8), options as ChooseTableOptions)).rejects.toThrow(
    refusal(code, ...words),
  );
});
