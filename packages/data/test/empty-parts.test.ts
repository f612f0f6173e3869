import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRows } from './batches.ts';
import { openCsv } from './csv-dataset.ts';
import { valuesOf } from './encodings.ts';

async function bagsOf(cells: readonly string[], separator: string) {
  const lines = cells.map((cell, i) => `${i % 2},"${cell.replaceAll('"', '""')}"`);
  const dataset = await openCsv(['y,tags', ...lines].join('\n'), {
    features: [{ column: 'tags', separator }],
    split: { by: 'last', test: 0 },
  });
  const values = valuesOf(dataset);
  const rows = await readRows(dataset);
  return {
    bags: rows.map(({ ids }) => ids[0]!.map((id) => values[id - 1])),
    values,
    missing: dataset.report.missing.tags ?? 0,
  };
}

test('empty parts of a multi-valued cell are dropped', async () => {
  const cells = ['a|', '|', 'a||b', 'a', '', '|||', '|b', 'a| |b'];
  const { bags, values, missing } = await bagsOf(cells, '|');
  expect(bags).toEqual([['a'], [], ['a', 'b'], ['a'], [], [], ['b'], ['a', ' ', 'b']]);
  expect([...values].sort()).toEqual([' ', 'a', 'b']);
  expect(missing).toBe(3);
});

test('whatever the cells and the separator, no value is empty and every other part is there in order', async () => {
  const separators = fc.constantFrom('|', ';', '::', ' ', '🦆');
  const cells = (separator: string) =>
    fc.array(
      fc
        .array(fc.constantFrom('', 'a', 'b', 'cc', ':', ' '), { maxLength: 5 })
        .map((parts) => parts.join(separator)),
      { minLength: 2, maxLength: 12 },
    );
  const cases = separators.chain((separator) => fc.tuple(cells(separator), fc.constant(separator)));
  await fc.assert(
    fc.asyncProperty(cases, async ([given, separator]) => {
      const { bags, values } = await bagsOf(given, separator);
      expect(values).not.toContain('');
      expect(bags).toEqual(given.map((cell) => cell.split(separator).filter(Boolean)));
    }),
    { numRuns: 60 },
  );
});

test('an empty cell of a single-valued column stays a value', async () => {
  const dataset = await openCsv('y,c\n1,\n0,a\n0,\n', { split: { by: 'last', test: 0 } });
  expect(dataset.schema.features[0]!.numEmbeddings).toBe(3);
  expect(dataset.report.missing).toEqual({ c: 2 });
});
