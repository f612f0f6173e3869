import type { Dataset } from '@ttrec/data';
import { encodingDifference, encodingDigest, type Encoding } from '@ttrec/data/encoding';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from './batches.ts';
import { openCsv, type CsvConfig } from './csv-dataset.ts';
import { saved } from './encodings.ts';
import { defaults } from './csv-dataset.ts';
import { fileOf } from './files.ts';
import { openDataset } from '@ttrec/data';

/** Rows of these days, of both labels on each. */
const csvOf = (days: readonly number[]) =>
  ['y,c,x,day', ...days.flatMap((day) => [0, 1].map((y) => `${y},c${day},${day * 10},${day}`))].join('\n');
const days = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const at = (split: object): Partial<CsvConfig> => ({
  dense: [{ column: 'x', transform: 'standardise' }],
  split: { by: 'column', column: 'day', ...split },
});

function extended(content: string, config: Partial<CsvConfig>, extending: Encoding): Promise<Dataset> {
  return openDataset({ ...defaults, path: fileOf(content, 'csv'), ...config }, { seed: 1, extending });
}

describe('training that goes on with later days', () => {
  const split = at({ validationFrom: 8, testFrom: 9 });

  test('holds out the shares that were held out before, and keeps ids and statistics', async () => {
    const first = await openCsv(csvOf(days(1, 10)), split);
    expect(first.rows).toEqual({ train: 14, validation: 2, test: 4 });
    expect(first.report.boundary).toEqual({ column: 'day', validationFrom: 8, testFrom: 9, isMoved: false });
    const before = await saved(first.encoding);
    const next = await extended(csvOf(days(11, 30)), split, before);
    expect(next.rows).toEqual({ train: 28, validation: 4, test: 8 });
    expect(next.report.boundary).toEqual({ column: 'day', validationFrom: 25, testFrom: 27, isMoved: true });
    if (before.format !== 'csv' || next.encoding?.format !== 'csv') throw new Error('csv encodings');
    expect(next.encoding.dense).toEqual(before.dense);
    const [old, now] = [before, next.encoding].map(({ tables }) => tables[0]);
    if (old?.kind !== 'vocabulary' || now?.kind !== 'vocabulary') throw new Error('vocabularies');
    expect(now.values.slice(0, old.values.length)).toEqual([...old.values]);
    expect(now.values).toHaveLength(7 + 14);
  });

  test('splits as before when it is opened again with its own encoding, and the next file by the same shares', async () => {
    const before = await saved((await openCsv(csvOf(days(1, 10)), split)).encoding);
    const content = csvOf([...days(11, 16), 16, 16, 17]);
    const next = await extended(content, split, before);
    const again = await extended(content, split, await saved(next.encoding));
    expect(again.digest).toBe(next.digest);
    expect(again.report.boundary).toEqual(next.report.boundary);
    expect(encodingDifference(next.encoding!, again.encoding!)).toBeUndefined();
    expect(encodingDigest(again.encoding!)).toBe(encodingDigest(next.encoding!));
    expect(next.encoding).toMatchObject({ heldOut: { validation: 0.1, test: 0.2 } });
  });

  test('keeps a boundary that leaves rows to train on', async () => {
    const before = await saved((await openCsv(csvOf(days(1, 10)), split)).encoding);
    const next = await extended(csvOf(days(7, 12)), split, before);
    expect(next.rows).toEqual({ train: 2, validation: 2, test: 8 });
    expect(next.report.boundary).toMatchObject({ isMoved: false });
    expect(next.encoding).toMatchObject({ heldOut: { validation: 1 / 6, test: 4 / 6 } });
  });

  test('trains on all rows where none were held out', async () => {
    const before = await saved((await openCsv(csvOf(days(1, 4)), at({ testFrom: 99 }))).encoding);
    const next = await extended(csvOf(days(100, 103)), at({ testFrom: 99 }), before);
    expect(next.rows).toEqual({ train: 8, validation: 0, test: 0 });
  });

  test('without an encoding to go on from, the error says what to set', async () => {
    const { code, message } = await refusal(openCsv(csvOf(days(11, 20)), split));
    expect(code).toBe('data/no-training-rows');
    expect(message).toContain(
      'Every day is at least 8: set another boundary, or hold out a share ("test": 0.1).',
    );
  });
});

describe('shares of a split by a column', () => {
  test('the highest numbers are held out, whatever the order of rows', async () => {
    const dataset = await openCsv(csvOf([5, 1, 4, 2, 3, 10, 9, 8, 7, 6]), at({ validation: 0.1, test: 0.2 }));
    expect(dataset.rows).toEqual({ train: 14, validation: 2, test: 4 });
    expect(dataset.report.boundary).toMatchObject({ validationFrom: 8, testFrom: 9, isMoved: false });
  });

  test('rows of one number stay together, the lowest number is trained on, and no row is lost', async () => {
    const cases = fc.tuple(
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 49 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([numbers, test, validation]) => {
        const { rows, report } = await openCsv(
          csvOf(numbers),
          at({ test: test / 100, validation: validation / 100 }),
        );
        const { validationFrom, testFrom } = report.boundary!;
        const count = (from: number, below: number) =>
          2 * numbers.filter((n) => n >= from && n < below).length;
        expect(rows).toEqual({
          train: count(-Infinity, validationFrom),
          validation: count(validationFrom, testFrom),
          test: count(testFrom, Infinity),
        });
        expect(Math.min(validationFrom, testFrom)).toBeGreaterThan(Math.min(...numbers));
        // At least the share, but for the lowest number: ties are held out together.
        const most = 2 * numbers.filter((n) => n > Math.min(...numbers)).length;
        expect(rows.test).toBeGreaterThanOrEqual(
          Math.min(most, Math.round((2 * numbers.length * test) / 100)),
        );
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    [{ test: 0.1, testFrom: 3 }, 'must have one of the keys "testFrom" and "test"'],
    [{}, 'must have one of the keys "testFrom" and "test"'],
    [{ testFrom: 3, validation: 0.1 }, 'config.split.validation: must go with "test"'],
    [{ test: 0.3, validationFrom: 2 }, 'config.split.validationFrom: must go with "testFrom"'],
    [{ test: 0.6, validation: 0.4 }, 'must leave rows to train on'],
  ])('%j is refused', async (split, words) => {
    const { code, message } = await refusal(openCsv(csvOf(days(1, 3)), at(split)));
    expect(code).toBe('data/bad-config');
    expect(message).toContain(words);
  });
});
