import { summarise, tableRows } from '@ttrec/training';
import { describe, expect, test } from 'vitest';
import { checkSettings, defaultSettings, kinds, type Settings } from '../src/settings/settings.ts';
import { syntheticCardinalities } from '../src/settings/synthetic.ts';
import { chooseTables } from '../src/settings/tables.ts';

const sizes = syntheticCardinalities(200_000).map((numEmbeddings, i) => ({
  name: `C${i + 1}`,
  numEmbeddings,
}));
const rows = (settings: Settings) =>
  tableRows(chooseTables(settings, sizes), settings.embeddingDim, { rule: 'adagrad' });
const price = (settings: Settings) => summarise(rows(settings));

test('the defaults are allowed', () => expect(() => checkSettings(defaultSettings)).not.toThrow());

test.each([
  [{ rank: 0 }, 'rank: must be a whole number from 1 to 256, got 0.'],
  [{ rank: 2.5 }, 'rank: must be a whole number from 1 to 256, got 2.5.'],
  [{ batchSize: NaN }, 'batch size: must be a whole number from 1 to 8,192, got NaN.'],
  [{ learningRate: -1 }, 'learning rate: must be a number from 0.000001 to 10, got -1.'],
  [{ kind: 'sparse' as Settings['kind'] }, 'kind: must be one of dense, hash, tt, hash+tt, got sparse.'],
])('%o is refused', (change, message) => {
  expect(() => checkSettings({ ...defaultSettings, ...change })).toThrow(
    expect.objectContaining({ code: 'playground/bad-setting', message: `[playground] ${message}` }),
  );
});

describe('tables', () => {
  test('by default the compressed kinds take about the same bytes, 40 to 80 times less than dense', () => {
    const ratios = kinds.map((kind) => price({ ...defaultSettings, kind }).compression);
    expect(ratios[0]).toBe(1);
    for (const ratio of ratios.slice(1)) {
      expect(ratio).toBeGreaterThan(40);
      expect(ratio).toBeLessThan(80);
    }
  });

  test('what a kind would not make smaller stays dense', () => {
    const tables = chooseTables({ ...defaultSettings, kind: 'hash', buckets: 1000 }, sizes);
    expect(tables.map(({ config }) => config.kind)).toEqual([
      ...new Array<string>(4).fill('hash'),
      'dense',
      'dense',
      'dense',
    ]);
  });

  test('a table is named with what is inside', () => {
    const [first] = rows({ ...defaultSettings, kind: 'hash+tt' });
    expect(first).toMatchObject({ name: 'C1', kind: 'hash→tt', denseBytes: 200_000 * 16 * 4 });
  });
});
