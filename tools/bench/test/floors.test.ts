import { expect, test } from 'vitest';
import type { CaseRecord } from '../src/record.ts';
import { floorTable } from '../src/report/floors.ts';
import { record } from './sample-record.ts';

const ran = (name: string, median: number): CaseRecord => ({
  name,
  what: '',
  unit: 'samples',
  unitsPerStep: 1,
  threads: 1,
  contenders: [{ name: 'ttrec', kind: 'own', samples: [], rate: { median, low: median, high: median } }],
});

test('the floor of a DLRM that scores is the sum of its layers and pairs, at the rate of a product', async () => {
  const cases = [ran('matmul/512', 200), ran('dlrm/predict/rows1000/batch1', 10_000)];
  const bottom = 13 * 512 + 512 * 256 + 256 * 64 + 64 * 16;
  const [pairs, top] = [(27 * 26) / 2, (16 + (27 * 26) / 2) * 512 + 512 * 256 + 256];
  // One id a table: each of its 16 numbers is added once.
  const count = bottom + top + pairs * 16 + 26 * 16;
  const microseconds = ((2 * count) / 200e9) * 1e6;
  const table = await floorTable({ ...record, cases });
  expect(table).toContain(
    `| dlrm/predict/rows1000/batch1 | ${microseconds.toFixed(2)} µs        | 100 µs | ${microseconds.toPrecision(2)} %        |`.replace(
      / +/g,
      ' ',
    ),
  );
});

test('a record without the product has no floor', async () => {
  await expect(floorTable({ ...record, cases: [] })).rejects.toThrow('matmul/512: must have run');
});
