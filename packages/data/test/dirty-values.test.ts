import { openDataset, type DataConfig } from '@ttrec/data';
import { describe, expect, test } from 'vitest';
import { readRows } from './batches.ts';
import { fileOf } from './files.ts';
import { valuesOf } from './encodings.ts';

const NA = ['NA', 'N/A', 'NaN', 'null', 'NULL', 'None', '-', '?'];

/** The numbers of a dense column of these cells, as CSV and as JSON lines. */
async function numbersOf(cells: readonly string[], dense: object): Promise<number[][]> {
  const rows = cells.map((x, i) => ({ y: String(i % 2), c: 'a', x }));
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const files = {
    csv: `y,c,x\n${rows.map(({ y, c, x }) => [y, c, quoted(x)].join(',')).join('\n')}\n`,
    jsonl: rows.map((row) => JSON.stringify(row)).join('\n'),
  };
  const columns = Object.entries(files).map(async ([format, text]) => {
    const dataset = await openDataset({
      format,
      path: fileOf(text, format),
      label: { column: 'y', equals: '1' },
      dense: [{ column: 'x', missing: -1, ...dense }],
      features: [{ column: 'c' }],
      naValues: NA,
      onBadCell: 'missing',
      split: { by: 'last', test: 0 },
    } as unknown as DataConfig);
    return (await readRows(dataset)).map((row) => row.dense[0]!);
  });
  return Promise.all(columns);
}

/** The values that a feature of these cells has in its vocabulary, by the rows' ids. */
async function idsOfRows(cells: readonly string[], feature: object): Promise<(string | undefined)[][]> {
  const path = fileOf(cells.map((x, i) => JSON.stringify({ y: String(i % 2), x })).join('\n'), 'jsonl');
  const dataset = await openDataset({
    format: 'jsonl',
    path,
    label: { column: 'y', equals: '1' },
    features: [{ column: 'x', ...feature }],
    naValues: NA,
    split: { by: 'last', test: 0 },
  } as unknown as DataConfig);
  const values = valuesOf(dataset);
  return (await readRows(dataset)).map(({ ids }) => ids[0]!.map((id) => values[id - 1]));
}

describe('dirty cells become what the README says:', () => {
  test('numbers in their forms; words for missing ones, blanks and what is no number are missing', async () => {
    const cells: [string, number][] = [
      ['1', 1],
      [' 2.5 ', 2.5],
      ['+3', 3],
      ['-0.125', -0.125],
      ['.5', 0.5],
      ['5.', 5],
      ['1e3', 1000],
      ['1E-2', Math.fround(0.01)],
      ['12345678901234567890', Math.fround(Number('12345678901234567890'))],
      ['0.1000000000000000055511151231257827', Math.fround(0.1)],
      ['', -1],
      ['   ', -1],
      ...NA.map((word): [string, number] => [word, -1]),
      ['n/a', -1],
      ['1,234', -1],
      ['$5', -1],
      ['0x10', -1],
      ['1e39', -1],
      ['Infinity', -1],
      ['１２', -1],
      ['12 34', -1],
    ];
    const expected = cells.map(([, number]) => number);
    for (const numbers of await numbersOf(
      cells.map(([cell]) => cell),
      {},
    ))
      expect(numbers).toEqual(expected);
  });

  test('times in five forms are the same day; others are missing', async () => {
    const day = 19_849;
    const cells: [string, number][] = [
      ['2024-05-06', day],
      ['2024/05/06', day],
      ['20240506', day],
      ['2024-05-06T12:00:00Z', day + 0.5],
      ['2024-05-06 14:00:00+02:00', day + 0.5],
      ['1714996800', day + 0.5],
      ['1714996800000', day + 0.5],
      ['06.05.2024', -1],
      ['May 6', -1],
      ['2024-02-30', -1],
      ['NaN', -1],
    ];
    const expected = cells.map(([, number]) => number);
    for (const numbers of await numbersOf(
      cells.map(([cell]) => cell),
      { time: 'days' },
    ))
      expect(numbers).toEqual(expected);
  });

  test('texts stay as they are: blanks, case, forms of Unicode and numbers in their digits are different values', async () => {
    const cells = [
      'a',
      'A',
      ' a',
      'é',
      'e\u0301',
      '日本',
      '😀',
      '1',
      '1.0',
      '01',
      'nan',
      'a"b',
      'a,b',
      'line\nbreak',
      '\ufeffa',
      'a\u00a0',
    ];
    expect(await idsOfRows(cells, {})).toEqual(cells.map((cell) => [cell]));
  });

  test('words for missing values are one value, the empty one', async () => {
    expect(await idsOfRows(['a', '', ...NA], {})).toEqual([['a'], [''], ...NA.map(() => [''])]);
  });

  test('bags: empty parts and empty lists hold nothing', async () => {
    expect(await idsOfRows(['a|b', 'a', '', '|', 'a||b|', 'NA'], { separator: '|' })).toEqual([
      ['a', 'b'],
      ['a'],
      [],
      [],
      ['a', 'b'],
      [],
    ]);
  });
});
