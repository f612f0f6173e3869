import { summarise, tableRows } from '@ttrec/training/records';
import { describe, expect, test } from 'vitest';
import { checkSettings, defaultSettings, kinds, type Settings } from '../src/settings/settings.ts';
import { syntheticCardinalities } from '../src/settings/synthetic.ts';
import { modelTables } from '../src/worker/model-tables.ts';

const sizes = syntheticCardinalities(200_000).map((numEmbeddings, i) => ({
  name: `C${i + 1}`,
  numEmbeddings,
}));
const tablesOf = (settings: Settings) => {
  const configOf = modelTables(settings, sizes);
  return sizes.map((size) => ({ ...size, config: configOf(size) }));
};
const rows = (settings: Settings) =>
  tableRows(tablesOf(settings), settings.embeddingDim, { rule: 'adagrad' });
const price = (settings: Settings) => summarise(rows(settings));

test('the defaults are allowed', () => expect(() => checkSettings(defaultSettings)).not.toThrow());

test.each([
  [{ rank: 0 }, 'rank: must be a whole number from 1 to 256, got 0.'],
  [{ rank: 2.5 }, 'rank: must be a whole number from 1 to 256, got 2.5.'],
  [{ batchSize: NaN }, 'batch size: must be a whole number from 1 to 8,192, got NaN.'],
  [{ learningRate: -1 }, 'learning rate: must be a number from 0.000001 to 10, got -1.'],
  [
    { kind: 'sparse' as Settings['kind'] },
    'kind: must be one of dense, hash, tt, hash+tt, hot-cold, planned, compressed, got sparse.',
  ],
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
    const tables = tablesOf({ ...defaultSettings, kind: 'hash', buckets: 1000 });
    expect(tables.map(({ config }) => config.kind)).toEqual([
      ...new Array<string>(4).fill('hash'),
      'dense',
      'dense',
      'dense',
    ]);
  });

  test('a plan takes no more than its budget, and nearly all of it', () => {
    for (const budget of [100, 450, 5000]) {
      const { bytes } = price({ ...defaultSettings, kind: 'planned', budget });
      expect(bytes).toBeLessThanOrEqual(1000 * budget);
      // Sizes of options are about 2 % apart.
      expect(bytes).toBeGreaterThan(960 * budget);
    }
    expect(() => tablesOf({ ...defaultSettings, kind: 'planned', budget: 1, embeddingDim: 256 })).toThrow(
      expect.objectContaining({ code: 'planner/budget-too-small' }),
    );
  });

  test('tables of no more rows than stay hot are dense', () => {
    const [first, , , , small] = tablesOf({ ...defaultSettings, kind: 'hot-cold', hot: 1000 });
    expect([first!.config.kind, small!.config.kind]).toEqual(['hot-cold', 'dense']);
  });

  test('a table is named with what is inside', () => {
    const [first] = rows({ ...defaultSettings, kind: 'hash+tt' });
    expect(first).toMatchObject({ name: 'C1', kind: 'hash→tt', denseBytes: 200_000 * 16 * 4 });
  });
});
