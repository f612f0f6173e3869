import { cost, type TableConfig } from '@ttrec/embeddings';
import { fitToBytes, integerForms, sizedForms } from '@ttrec/planner';
import { refusal } from '@ttrec/test-support';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const names = sizedForms.map(({ name }) => name).filter((name) => name !== 'dense');

describe.each(names)('%s', (name) => {
  const form = sizedForms.find((each) => each.name === name)!;

  test('one table: never above the bytes, close to them, and more bytes never give fewer parameters', () => {
    const table = fc.record({
      numEmbeddings: fc.integer({ min: 3000, max: 300_000 }),
      embeddingDim: fc.integer({ min: 2, max: 40 }),
      ratio: fc.double({ min: 1.05, max: 300, noNaN: true }),
    });
    fc.assert(
      fc.property(table, ({ numEmbeddings, embeddingDim, ratio }) => {
        const size = { numEmbeddings, embeddingDim };
        const fit = form.for(size);
        const dense = 4 * numEmbeddings * embeddingDim;
        const ask = (bytes: number) => {
          const config = fit(bytes);
          return config === undefined ? undefined : cost(config, size);
        };
        const bytes = Math.floor(dense / ratio);
        const fitted = ask(bytes);
        if (fitted === undefined) return;
        expect(fitted.bytes).toBeLessThanOrEqual(bytes);
        let before = fitted.parameters;
        for (const more of [1, 60, 700, 9000].map((added) => ask(bytes + added)!)) {
          expect(more.parameters).toBeGreaterThanOrEqual(before);
          before = more.parameters;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a model: within 1 % at every budget of a comparison, from below, and no table loses bytes to more of them', () => {
    const features = [
      { name: 'user', numEmbeddings: 48_749 },
      { name: 'item', numEmbeddings: 39_493 },
      { name: 'place', numEmbeddings: 9138 },
      { name: 'level', numEmbeddings: 7 },
    ];
    const embeddingDim = 16;
    const dense = features.reduce((sum, { numEmbeddings }) => sum + 64 * numEmbeddings, 0);
    let before = 0;
    for (const ratio of [1000, 256, 118, 64, 16, 4, 2]) {
      const bytes = Math.floor(dense / ratio);
      const tables = fitToBytes(name, features, { embeddingDim, bytes });
      const used = tables.map(
        ({ config, numEmbeddings }) => cost(config, { numEmbeddings, embeddingDim }).bytes,
      );
      expect(tables.map((table) => table.bytes)).toEqual(used);
      const total = used.reduce((sum, each) => sum + each, 0);
      expect(total).toBeLessThanOrEqual(bytes);
      // A row for each of two hashes is more than 1 % of 6230 bytes.
      expect(total).toBeGreaterThanOrEqual(Math.min(0.99 * bytes, bytes - 128));
      expect(total).toBeGreaterThanOrEqual(before);
      before = total;
    }
  });
});

test.each(integerForms.map((form) => [form.name, form] as const))(
  '%s: never above the bytes, and within 1 %% of them or of what all ids can take',
  (_, form) => {
    for (const numEmbeddings of [5000, 48_749]) {
      const size = { numEmbeddings, embeddingDim: 16 };
      const dense = 64 * numEmbeddings;
      const fit = form.for(size);
      // In 8 bits a quarter of the dense bytes holds every number, in 4 bits an eighth.
      const most = form.name.endsWith('int4') ? dense / 8 : dense / 4;
      for (const ratio of [2, 5, 11, 30, 70, 150]) {
        const bytes = Math.floor(dense / ratio);
        const config = fit(bytes);
        if (config === undefined) continue;
        const used = cost(config, size);
        expect(used.bytes).toBeLessThanOrEqual(bytes);
        // A slice of a core of the smaller table is 3 % of its bytes.
        expect(used.bytes).toBeGreaterThan(
          (form.name.startsWith('tt') ? 0.9 : 0.97) * Math.min(bytes, 0.95 * most) - 64,
        );
        expect(used.inferenceOnly ?? false).toBe(false);
      }
    }
  },
);

test('the bytes of a budget that all tables fit dense are those of dense tables', () => {
  const features = [{ name: 'a', numEmbeddings: 100 }];
  const [table] = fitToBytes('tt', features, { embeddingDim: 4, bytes: 1600 });
  expect(table).toEqual({ name: 'a', numEmbeddings: 100, config: { kind: 'dense' }, bytes: 1600 });
});

test('a split of 1 compresses tables by the same factor, one of 0 gives them the same bytes', () => {
  const features = [
    { name: 'large', numEmbeddings: 90_000 },
    { name: 'small', numEmbeddings: 10_000 },
  ];
  const shares = (split: number) => {
    const [large, small] = fitToBytes('hash', features, { embeddingDim: 8, bytes: 320_000, split });
    return large!.bytes / small!.bytes;
  };
  expect(shares(1)).toBeCloseTo(9, 1);
  expect(shares(0.5)).toBeCloseTo(3, 1);
  expect(shares(0)).toBeCloseTo(1, 1);
});

test('a config of a kind that chooses its size can be fitted too', () => {
  const config: TableConfig = { kind: 'mixed-dimension', dim: 4, into: { kind: 'tt', ranks: 2 } };
  const features = [{ name: 'a', numEmbeddings: 50_000 }];
  const [table] = fitToBytes(config, features, { embeddingDim: 16, bytes: 50_000 });
  expect(table!.config.kind).toBe('mixed-dimension');
  expect(table!.bytes).toBeLessThanOrEqual(50_000);
});

test('below one number an id, rare ids share the numbers of one row, in the directions of all others', () => {
  const features = [{ name: 'a', numEmbeddings: 10_000 }];
  for (const [form, bits, rank] of [
    ['low-rank', undefined, 1],
    ['low-rank-int4', 4, 1],
    ['limited-int8', 8, 4],
  ] as const) {
    const [table] = fitToBytes(form, features, { embeddingDim: 16, bytes: 3000 });
    const rows = Math.floor((3000 - 64 * rank - (bits ? 4 : 0)) / ((rank * (bits ?? 32)) / 8));
    const into = { kind: 'low-rank', rank, ...(bits ? { bits } : {}) };
    expect(table!.config).toEqual({ kind: 'vocabulary-limit', rows, into });
  }
});

test('wrong forms and budgets are refused', () => {
  const features = [{ name: 'a', numEmbeddings: 1000 }];
  const fit = (form: string, bytes: number, split?: number) =>
    fitToBytes(form, features, { embeddingDim: 4, bytes, ...(split === undefined ? {} : { split }) });
  expect(() => fit('hot-t', 100)).toThrow(refusal('planner/unknown-form', 'Did you mean "hot-tt"?'));
  expect(() => fit('hash', 0)).toThrow(refusal('planner/bad-budget', 'must be an integer from 1, got 0'));
  expect(() => fit('hash', 15)).toThrow(
    refusal(
      'planner/budget-too-small',
      'must be at least 16, which the smallest tables of this form take, got 15',
    ),
  );
  expect(() => fit('dense', 15_999)).toThrow(refusal('planner/budget-too-small', 'must be at least 16000'));
  expect(() => fit('hash', 100, -1)).toThrow(refusal('planner/bad-option', 'split: must be from 0 to 2'));
});
