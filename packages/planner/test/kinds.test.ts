import { cost, type TableConfig } from '@ttrec/embeddings';
import type { SumConfig } from '@ttrec/embeddings/configs';
import { optionGenerators, plan, Planner, type PlanFeature } from '@ttrec/planner';
import { zipfFrequencies, type Candidate } from '@ttrec/planner/generator';
import { describe, expect, test } from 'vitest';
import { twoHashes, quotientRemainder } from '../src/kinds/compositional.ts';
import { hotMixed, mixedHash } from '../src/kinds/mixed-dimension.ts';
import { tableOf } from './expected-loss.ts';
import { refusal } from '@ttrec/test-support';

const size = { numEmbeddings: 50_000, embeddingDim: 16 };
const table = tableOf(zipfFrequencies(size.numEmbeddings, 0.8), size.embeddingDim);
const feature: PlanFeature = { name: 'item', numEmbeddings: size.numEmbeddings, zipf: 0.8 };

describe.each(optionGenerators.map((generator) => [generator.kind, generator] as const))(
  '%s',
  (kind, generator) => {
    const candidates = [...generator.candidates(table)];

    test('has a loss from 0 to 1, a price and a reason for every option', () => {
      expect(candidates.length).toBeGreaterThan(0);
      for (const candidate of candidates) {
        const { config, costConfig, loss } = candidate;
        expect(loss).toBeGreaterThanOrEqual(0);
        expect(loss).toBeLessThanOrEqual(1);
        expect(cost(config, size)).toEqual(cost(costConfig ?? config, size));
        expect(candidate.explain()).toMatch(/stored|lose|miss/);
      }
    });

    test('grows to no more bytes than it is given, and loses no more for it', () => {
      for (const candidate of candidates) {
        const { config, loss } = candidate;
        const most = Math.floor(1.07 * cost(config, size).bytes) + 400;
        const grown = candidate.grow?.(most);
        if (grown === undefined) continue;
        // Hot rows grow past the TT beside them, whose bytes change: what does not fit, the planner does not take.
        if (kind !== 'hot-cold→tt') expect(cost(grown.config, size).bytes).toBeLessThanOrEqual(most);
        expect(grown.config.kind).toBe(config.kind);
        if (!kind.startsWith('hot-cold')) expect(grown.loss).toBeLessThanOrEqual(loss);
      }
    });

    test('is planned alone, by name, to bytes as cost() counts them', () => {
      const bytes = 2_400_000;
      const purpose = generator.inferenceOnly === true ? 'serving' : 'training';
      const optimizer = { rule: 'adagrad' } as const;
      const options = { embeddingDim: size.embeddingDim, kinds: [kind], purpose, optimizer } as const;
      const budget = kind === 'dense' ? 4 * size.numEmbeddings * size.embeddingDim : bytes;
      const { tables } = plan([feature], { ...options, bytes: budget });
      expect(tables[0]!.kind).toBe(kind);
      expect(tables[0]!.bytes).toBe(cost(tables[0]!.config, size).bytes);
      expect(tables[0]!.bytes).toBeLessThanOrEqual(budget);
      expect(tables[0]!.multiplyAddsPerLookup).toBe(cost(tables[0]!.config, size).multiplyAddsPerLookup);
    });
  },
);

describe('kinds that are trained in integers', () => {
  const features = [1000, 60_000, 1_000_000].map((numEmbeddings, t) => ({ name: String(t), numEmbeddings }));
  const kinds = optionGenerators.filter(({ trainsIntegers }) => trainsIntegers).map(({ kind }) => kind);
  const planner = (rule: 'sgd' | 'adagrad', named?: string[]) =>
    new Planner(features, { embeddingDim: 16, optimizer: { rule }, kinds: named });

  test('are options where updates are as large as the learning rate, from which they take their step', () => {
    for (const ratio of [4, 16, 78, 300]) {
      const of = (rule: 'sgd' | 'adagrad') => {
        const made = planner(rule);
        return made.plan(Math.floor(made.denseBytes / ratio)).tables.map((table) => table.kind);
      };
      expect(of('adagrad').some((kind) => kinds.includes(kind))).toBe(true);
      expect(of('sgd').some((kind) => kinds.includes(kind))).toBe(false);
    }
    expect(kinds).toEqual(['integers', 'hash-int8', 'product-int8', 'sum']);
    expect(() => planner('sgd', ['product-int8'])).toThrow(refusal('planner/no-option', 'feature "0"'));
  });

  test('lose what float32 rows of four times the bytes lose, and the rounding', () => {
    const rounded = (2 * Math.log(2 * size.embeddingDim)) / (12 * 127 ** 2);
    const lossOf = (kind: string, config: object) => {
      const generator = optionGenerators.find((each) => each.kind === kind)!;
      return [...generator.candidates(table)].find(
        (each) => JSON.stringify(each.config) === JSON.stringify(config),
      )!.loss;
    };
    const integers = { kind: 'integers' };
    expect(lossOf('integers', integers)).toBeCloseTo(rounded, 12);
    const met = table.collisions.mixed(49_999);
    expect(lossOf('hash-int8', { kind: 'hash', buckets: 49_999, into: integers })).toBeCloseTo(
      1 - (1 - met) * (1 - rounded),
      12,
    );
    const { config, loss } = quotientRemainder(table, 224 * 10);
    expect(lossOf('product-int8', { ...config, into: integers })).toBeCloseTo(
      1 - (1 - loss) * (1 - 2 * rounded),
      12,
    );
  });
});

describe('sums', () => {
  const [products, sums] = ['product-int8', 'sum'].map((kind) => [
    ...optionGenerators.find((each) => each.kind === kind)!.candidates(table),
  ]) as [Candidate[], Candidate[]];

  test('take the place of a product of no fewer bytes, and are expected to lose a little less', () => {
    expect(sums.length).toBeGreaterThan(0);
    for (const sum of sums) {
      const within = products.filter(({ config }) => bytesOf(config) >= bytesOf(sum.config));
      const [product] = within.sort((a, b) => bytesOf(a.config) - bytesOf(b.config));
      expect(bytesOf(sum.config)).toBeGreaterThan(0.98 * bytesOf(product!.config));
      expect(sum.loss).toBeLessThan(product!.loss);
      expect(sum.loss).toBeGreaterThan(0.99 * product!.loss);
    }
  });

  test('give numbers of its own to every id, or to those that fit; the others share a row of the same table', () => {
    // 4 bits an id, in half of the bytes.
    const forAll = 2 * (size.numEmbeddings / 2);
    const kinds = new Set<string>();
    for (const { config } of sums) {
      const [shared, own] = (config as SumConfig).parts as [TableConfig, TableConfig];
      expect(shared).toMatchObject({ kind: 'compositional', into: { kind: 'integers' } });
      expect(JSON.stringify(own)).toContain('"kind":"low-rank"');
      expect(JSON.stringify(own)).not.toContain('"kind":"hash"');
      if (bytesOf(config) < forAll) expect(own.kind).toBe('vocabulary-limit');
      kinds.add(own.kind);
    }
    expect(kinds).toContain('vocabulary-limit');
    expect(kinds.size).toBeGreaterThan(1);
  });

  test('grow to what fits, as products do', () => {
    const bytes = 3 * bytesOf(sums[0]!.config);
    const grown = sums[0]!.grow!(bytes)!;
    expect(bytesOf(grown.config)).toBeLessThanOrEqual(bytes);
    expect(bytesOf(grown.config)).toBeGreaterThan(0.98 * bytes);
    expect(sums[0]!.grow!(100)).toBeUndefined();
  });

  function bytesOf(config: TableConfig): number {
    return cost(config, size).bytes;
  }
});

describe('products', () => {
  test('of quotients and remainders grow to the most buckets that fit', () => {
    const bytesOf = (buckets: number) => cost(quotientRemainder(table, buckets).config, size).bytes;
    for (const bytes of [40_000, 123_456, 700_000]) {
      const grown = quotientRemainder(table, 224).grow!(bytes)!;
      const { buckets } = grown.config as { buckets: number };
      expect(bytesOf(buckets)).toBeLessThanOrEqual(bytes);
      expect(bytesOf(buckets + 1)).toBeGreaterThan(bytes);
    }
    expect(quotientRemainder(table, 224).grow!(100)).toBeUndefined();
  });

  test('lose nothing shared where the columns are as many as quotients need', () => {
    // 8 functions of quotients for each of two numbers: 8 quotients are held exactly, and 4 rows a bucket of their own.
    const buckets = size.numEmbeddings / 8;
    const held = ((8 + buckets) * 16) / 2;
    const own = 1 - table.frequencies.massBelow(held);
    expect(quotientRemainder(table, buckets).loss).toBeCloseTo(
      Math.max(0.5 * own, 1e-3 * (1 - (2 * held) / 800_000)),
      12,
    );
    expect(quotientRemainder(table, buckets - 1).loss).toBeGreaterThan(0.5 * Math.exp(-8 / 3));
  });

  test('of two hashes lose the ids that meet twice, and those beyond what their numbers hold', () => {
    const [met, own] = [table.collisions.mixed(200 ** 2), 1 - table.frequencies.massBelow((400 * 16) / 2)];
    expect(twoHashes(table, 200).loss).toBeCloseTo(1 - (1 - met) * (1 - own), 12);
  });
});

describe('rows of fewer columns', () => {
  test('lose by their columns, and nothing where they are hot', () => {
    const reads = 1 - table.frequencies.massBelow(500);
    expect(hotMixed(table, 500, 2).loss).toBeCloseTo(reads * Math.exp(-2), 12);
    const met = table.collisions.mixed(3000);
    expect(mixedHash(table, 2, 3000).loss).toBeCloseTo(1 - (1 - met) * (1 - Math.exp(-2)), 12);
  });

  test('are cheaper beside a hash of as many buckets', () => {
    const bytes = (dim: number) => cost(mixedHash(table, dim, 3000).config, size).bytes;
    expect(bytes(4)).toBe(4 * 4 * (3000 + 16));
    expect(bytes(8)).toBe(2 * bytes(4));
  });
});

describe('kinds by name', () => {
  const of = (kinds: string[], more: Partial<PlanFeature> = {}) =>
    plan([{ ...feature, ...more }], { bytes: 300_000, embeddingDim: 16, kinds }).tables[0]!.kind;

  test('stand for all paths that begin with them, unless there is one of just that name', () => {
    expect(of(['hot-cold'])).toMatch(/^hot-cold→/);
    expect(of(['mixed-dimension'])).toBe('mixed-dimension→hash');
    expect(of(['hash'])).toBe('hash');
    expect(() => of(['hot'])).toThrow(refusal('planner/unknown-kind', 'compositional', 'got hot'));
  });

  test('that only a prior tells of are not set beside what a pilot measured', () => {
    const counts = Float64Array.from({ length: size.numEmbeddings }, (_, id) => (50_000 - id) ** -0.8);
    const pilot = [{ rank: 1, loss: 0.9 }];
    expect(of(['tt', 'compositional'], { counts })).toBe('compositional');
    expect(of(['tt', 'compositional'], { counts, pilot })).toBe('tt');
    expect(of(['compositional'], { counts, pilot })).toBe('compositional');
  });
});

test('at some budget each of the kinds is the best for some table', () => {
  const features = [1000, 60_000, 3_000_000].flatMap((numEmbeddings) =>
    [0, 0.6, 1.05].flatMap((zipf) =>
      [true, false].map((frequencyOrdered) => ({ numEmbeddings, zipf, frequencyOrdered })),
    ),
  );
  const chosen = new Set<string>();
  features.forEach((one, f) => {
    const planner = new Planner([{ ...one, name: String(f) }], { embeddingDim: 32 });
    for (let bytes = planner.smallestBytes; bytes <= planner.denseBytes; bytes *= 2) {
      chosen.add(planner.plan(bytes).tables[0]!.kind);
    }
  });
  expect([...chosen].sort()).toEqual(
    expect.arrayContaining(['compositional', 'hot-cold→mixed-dimension', 'low-rank']),
  );
});
