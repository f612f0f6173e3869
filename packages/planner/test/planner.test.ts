import { cost, type TableCost, type TableSize } from '@ttrec/embeddings';
import { defaultPrior, plan, Planner, type PlanFeature } from '@ttrec/planner';
import {
  CollisionLoss,
  TTLoss,
  zipfFrequencies,
  type OptionGenerator,
  type TableToPlan,
} from '@ttrec/planner/generator';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test, vi } from 'vitest';
import { refusal } from '@ttrec/test-support';

// Hundreds of models are planned, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000 });

const features: PlanFeature[] = [
  { name: 'user', numEmbeddings: 1_000_000 },
  { name: 'item', numEmbeddings: 60_000, zipf: 0.8 },
  { name: 'word', numEmbeddings: 200_000, frequencyOrdered: false, weight: 4 },
  { name: 'country', numEmbeddings: 200 },
];
const denseBytes = 4 * 16 * (1_000_000 + 60_000 + 200_000 + 200);

/** Without and with kinds that are trained in integers. */
const optimizers = [{ rule: 'sgd' }, { rule: 'adagrad' }] as const;

test('1,000 random models: never over the budget, and every byte as cost() counts it', () => {
  const stream = new RandomStream(1, 'models');
  for (let model = 0; model < 1000; model++) {
    const embeddingDim = 1 + stream.nextInteger(40);
    const some = Array.from({ length: 1 + stream.nextInteger(4) }, (_, t) => ({
      name: `table ${t}`,
      numEmbeddings: 1 + Math.floor(4 ** (7 * stream.nextUniform())),
      zipf: 2 * stream.nextUniform(),
      weight: stream.nextInteger(3),
      frequencyOrdered: stream.nextInteger(2) === 0,
    }));
    const reservedBytes = stream.nextInteger(1000);
    const planner = new Planner(some, { embeddingDim, optimizer: optimizers[model % 2]! });
    const dense = reservedBytes + planner.denseBytes;
    const budget =
      reservedBytes +
      planner.smallestBytes +
      Math.floor(planner.denseBytes * 1.1 * stream.nextUniform() ** 4);
    const made = planner.plan(budget, reservedBytes);
    const bytes = made.tables.map(
      ({ config, numEmbeddings }) => cost(config, { numEmbeddings, embeddingDim }).bytes,
    );
    expect(made.bytes).toBe(reservedBytes + bytes.reduce((sum, each) => sum + each, 0));
    expect(made.bytes).toBeLessThanOrEqual(budget);
    expect(made.tables.map((table) => table.bytes)).toEqual(bytes);
    expect(made.denseBytes).toBe(dense);
    if (budget >= dense) expect(made.expectedLoss).toBe(0);
  }
});

test('is no worse than any combination of its options, tried one by one', () => {
  const generator: OptionGenerator = {
    kind: 'few',
    candidates: ({ size, collisions }) =>
      [3, 10, 40, 90].map((buckets) => ({
        config: { kind: 'hash', buckets: Math.min(buckets, size.numEmbeddings), into: { kind: 'dense' } },
        loss: collisions.mixed(buckets),
        explain: () => 'one of four',
      })),
  };
  const sizes = [100, 200, 400];
  const few = sizes.map((numEmbeddings, t) => ({ name: String(t), numEmbeddings, weight: 1 + t }));
  const planner = new Planner(few, { embeddingDim: 4, kinds: ['few'], generators: [generator] });
  for (let budget = planner.smallestBytes; budget < 4000; budget += 130) {
    const { tables, expectedLoss, bytes } = planner.plan(budget);
    expect(tables.reduce((sum, table) => sum + table.bytes, 0)).toBe(bytes);
    expect(tables.reduce((sum, { loss, weight }) => sum + loss * weight, 0) / 6).toBeCloseTo(
      expectedLoss,
      12,
    );
    expect(expectedLoss).toBeCloseTo(bestOf(few, budget, generator), 10);
  }
});

/** The least expected loss over every combination of a generator's options. */
function bestOf(
  few: readonly Required<Pick<PlanFeature, 'numEmbeddings' | 'weight'>>[],
  budget: number,
  generator: OptionGenerator,
): number {
  const lists = few.map(({ numEmbeddings, weight }) => {
    const size = { numEmbeddings, embeddingDim: 4 };
    return [...generator.candidates(tableOf(size))].map(({ config, loss }) => ({
      bytes: cost(config, size).bytes,
      loss: (weight * loss) / 6,
    }));
  });
  const best = (t: number, left: number): number =>
    t === lists.length
      ? 0
      : Math.min(
          ...lists[t]!.map(({ bytes, loss }) => (bytes > left ? Infinity : loss + best(t + 1, left - bytes))),
        );
  return best(0, budget);
}

/** What of a table the options above look at. */
function tableOf(size: TableSize): TableToPlan {
  const frequencies = zipfFrequencies(size.numEmbeddings, 1.05);
  return {
    name: 'few',
    size,
    frequencies,
    frequencyOrdered: true,
    denseBytes: 4 * size.numEmbeddings * size.embeddingDim,
    collisions: new CollisionLoss(frequencies),
    ttLoss: new TTLoss(defaultPrior),
  };
}

describe('a plan', () => {
  test('above dense is dense', () => {
    const made = plan(features, { bytes: denseBytes, embeddingDim: 16 });
    expect(made.tables.map(({ config }) => config)).toEqual(features.map(() => ({ kind: 'dense' })));
    expect(made).toMatchObject({ bytes: denseBytes, denseBytes, expectedLoss: 0, gap: 0 });
  });

  test('spends nearly all it may', () => {
    const { bytes } = plan(features, { bytes: 3_000_000, embeddingDim: 16 });
    expect(bytes).toBeGreaterThan(0.99 * 3_000_000);
  });

  test('gives more to a table that weighs more', () => {
    const twins = (weight: number) => [
      { name: 'a', numEmbeddings: 100_000, weight },
      { name: 'b', numEmbeddings: 100_000 },
    ];
    const bytesOf = (weight: number) =>
      plan(twins(weight), { bytes: 500_000, embeddingDim: 16 }).tables.map(({ bytes }) => bytes);
    const [a, b] = bytesOf(10);
    expect(a).toBeGreaterThan(b!);
  });

  test('says why', () => {
    const { tables } = plan(features, { bytes: 3_000_000, embeddingDim: 16, kinds: ['dense', 'tt', 'hash'] });
    for (const { because } of tables) expect(because).toMatch(/\d+ of \d+ options/);
    expect(tables.at(-1)!.because).toContain('every row is stored');
  });

  test('of kinds that are named has no others', () => {
    const made = plan(features, { bytes: 500_000, embeddingDim: 16, kinds: ['hash'] });
    expect(new Set(made.tables.map(({ kind }) => kind))).toEqual(new Set(['hash']));
  });

  test('keeps to a limit of multiply-adds', () => {
    const free = plan(features, { bytes: 500_000, embeddingDim: 16, kinds: ['dense', 'tt'] });
    const most = Math.max(...free.tables.map((table) => table.multiplyAddsPerLookup));
    const bound = plan(features, { bytes: 500_000, embeddingDim: 16, maxMultiplyAddsPerLookup: most - 1 });
    for (const table of bound.tables) expect(table.multiplyAddsPerLookup).toBeLessThan(most);
  });

  test('hashes by modulo only where low ids are the frequent ones', () => {
    const made = plan(features, { bytes: 500_000, embeddingDim: 16, kinds: ['hash'] });
    const functions = made.tables.map(({ config }) =>
      config.kind === 'hash' ? (config.function ?? 'mix') : '',
    );
    expect(functions[0]).toBe('modulo');
    expect(functions[2]).toBe('mix');
  });
});

test('what tables take beside their numbers counts in the budget, in the smallest, and in dense', () => {
  // Twice as much for a table of two tensors as for one of one.
  const overheadBytes = (name: string, { tensors }: TableCost) => 100 * tensors + name.length;
  const planner = new Planner(features, { embeddingDim: 16, overheadBytes });
  const names = features.reduce((sum, { name }) => sum + name.length, 0);
  expect(planner.denseBytes).toBe(denseBytes + 100 * features.length + names);
  expect(() => planner.plan(planner.smallestBytes - 1)).toThrow(`at least ${planner.smallestBytes}, got`);
  let least = Infinity;
  for (let bytes = planner.smallestBytes; bytes < planner.denseBytes; bytes = Math.ceil(bytes * 1.05)) {
    const made = planner.plan(bytes);
    const sum = made.tables.reduce((total, table) => total + table.bytes + table.overheadBytes, 0);
    expect(made.bytes).toBe(sum);
    expect(sum).toBeLessThanOrEqual(bytes);
    for (const { config, name, numEmbeddings, overheadBytes: own } of made.tables)
      expect(own).toBe(overheadBytes(name, cost(config, { numEmbeddings, embeddingDim: 16 })));
    expect(made.expectedLoss).toBeLessThanOrEqual(least);
    least = made.expectedLoss;
  }
  expect(planner.plan(planner.denseBytes)).toMatchObject({ bytes: planner.denseBytes, expectedLoss: 0 });
});

describe('the frontier', () => {
  const planner = new Planner(features, { embeddingDim: 16 });
  const points = planner.frontier();

  test('rises in bytes, falls in loss, and ends dense', () => {
    for (const [k, { bytes, expectedLoss }] of points.entries()) {
      if (k === 0) continue;
      expect(bytes).toBeGreaterThan(points[k - 1]!.bytes);
      expect(expectedLoss).toBeLessThan(points[k - 1]!.expectedLoss);
    }
    expect(points[0]!.bytes).toBe(planner.smallestBytes);
    expect(points.at(-1)).toEqual({ bytes: planner.denseBytes, expectedLoss: 0 });
  });

  test('is what plans at its bytes come to, or a little worse', () => {
    for (const { bytes, expectedLoss } of points.filter((_, k) => k % 40 === 0)) {
      expect(planner.plan(bytes).expectedLoss).toBeLessThanOrEqual(expectedLoss + 1e-12);
    }
  });
});

describe('plans of more bytes expect no more loss', () => {
  test.each([
    ['one table', [{ name: 'item', numEmbeddings: 500_000 }]],
    ['one table in no order', [{ name: 'item', numEmbeddings: 500_000, frequencyOrdered: false }]],
    ['tables of all sizes', features],
  ])('of %s, from byte to byte of 0.8 %%', (_, model) => {
    const planner = new Planner(model, { embeddingDim: 16 });
    let least = Infinity;
    for (
      let bytes = planner.smallestBytes;
      bytes < 1.1 * planner.denseBytes;
      bytes = Math.ceil(bytes * 1.008)
    ) {
      const { expectedLoss, gap } = planner.plan(bytes);
      expect(gap).toBe(0);
      expect(expectedLoss).toBeLessThanOrEqual(least);
      least = Math.min(least, expectedLoss);
    }
    expect(least).toBe(0);
  });

  test('of 200 random models, at random bytes', () => {
    const stream = new RandomStream(4, 'models');
    for (let model = 0; model < 200; model++) {
      const embeddingDim = 1 + stream.nextInteger(40);
      const some = Array.from({ length: 1 + stream.nextInteger(4) }, (_, t) => ({
        name: `table ${t}`,
        numEmbeddings: 1 + Math.floor(4 ** (8 * stream.nextUniform())),
        zipf: 2 * stream.nextUniform(),
        weight: stream.nextInteger(3),
        frequencyOrdered: stream.nextInteger(2) === 0,
      }));
      const planner = new Planner(some, { embeddingDim, optimizer: optimizers[model % 2]! });
      const { smallestBytes, denseBytes: dense } = planner;
      const start = smallestBytes + Math.floor((dense - smallestBytes) * stream.nextUniform() ** 3);
      // Budgets within a few steps of options of each other: this is where what is grown could overtake.
      const budgets = Array.from({ length: 12 }, () => Math.floor(start * (1 + 0.3 * stream.nextUniform())));
      const plans = budgets.sort((a, b) => a - b).map((bytes) => planner.plan(bytes));
      plans.slice(1).forEach(({ expectedLoss, gap }, k) => {
        expect(expectedLoss).toBeLessThanOrEqual(plans[k]!.expectedLoss + gap);
      });
    }
  });
});

describe('refuses', () => {
  const options = { bytes: 1_000_000, embeddingDim: 16 };
  const one = { name: 'a', numEmbeddings: 10 };

  test('a budget that cannot be met, and names the smallest that can', () => {
    const planner = new Planner(features, { embeddingDim: 16 });
    const least = planner.smallestBytes + 100;
    expect(() => planner.plan(least - 1, 100)).toThrow(
      refusal(
        'planner/budget-too-small',
        `must be at least ${least}`,
        `: ${planner.smallestBytes} for the smallest tables, 100 reserved`,
        `got ${least - 1}`,
      ),
    );
    expect(planner.plan(least, 100).bytes).toBe(least);
  });

  test.each<[unknown, object, string, ...string[]]>([
    [[], options, 'planner/no-features', 'must be a list of at least one'],
    [[one, one], options, 'planner/duplicate-name', 'got a'],
    [
      [{ ...one, zipf: -1 }],
      options,
      'planner/bad-feature',
      'feature "a", zipf: must be a number of at least 0, got -1',
    ],
    [[{ ...one, weight: NaN }], options, 'planner/bad-feature', 'feature "a", weight'],
    [[{ ...one, structure: 2 }], options, 'planner/bad-feature', 'a share from 0 to 1, got 2'],
    [
      [
        {
          ...one,
          pilot: [
            { rank: 2, loss: 1 },
            { rank: 1, loss: 2 },
          ],
        },
      ],
      options,
      'planner/bad-feature',
      'by rising ranks',
    ],
    [[{ ...one, counts: [1, 2] }], options, 'planner/bad-counts', 'one count for each of the 10 rows, got 2'],
    [
      [{ ...one, numEmbeddings: 2, counts: [1, NaN] }],
      options,
      'planner/bad-counts',
      'counts[1]: must be a finite number',
    ],
    [[{ ...one, numEmbeddings: 2, counts: [0, 0] }], options, 'planner/bad-counts', 'must not all be 0'],
    [[{ ...one, numEmbeddings: 0 }], options, 'embeddings/bad-size', 'feature "a", numEmbeddings'],
    [[one], { ...options, bytes: 0.5 }, 'planner/bad-budget', 'must be an integer from 1, got 0.5'],
    [
      [one],
      { ...options, reservedBytes: -1 },
      'planner/bad-budget',
      'reservedBytes: must be an integer from 0, got -1',
    ],
    [[one], { ...options, kinds: ['hsh'] }, 'planner/unknown-kind', 'Did you mean "hash"?'],
    [[one], { ...options, kinds: ['tt'], maxMultiplyAddsPerLookup: 0 }, 'planner/no-option', 'feature "a"'],
    [
      [one],
      { ...options, maxMultiplyAddsPerLookup: NaN },
      'planner/bad-option',
      'a number of at least 0, got NaN',
    ],
    [
      [one],
      { ...options, purpose: 'serve' },
      'planner/bad-option',
      'training, serving, got serve. Did you mean "serving"?',
    ],
    [
      [one],
      { ...options, kind: ['tt'] },
      'planner/unknown-option',
      'Planner: takes only embeddingDim,',
      'Did you mean "kinds"?',
    ],
    [
      [one],
      { ...options, kinds: 'tt' },
      'planner/bad-option',
      'Planner, kinds: must be a list of names, got tt',
    ],
    [
      [one],
      { ...options, kinds: [] },
      'planner/bad-option',
      'Planner, kinds: must be a list of names, got []',
    ],
    [
      [one],
      { ...options, prior: { rankscale: 2 } },
      'planner/unknown-option',
      'Planner, prior',
      'Did you mean "rankScale"?',
    ],
    [
      [one],
      { ...options, prior: { rankScale: NaN } },
      'planner/bad-option',
      'Planner, prior, rankScale: must be a finite',
    ],
    [[one], { ...options, prior: { structure: 2 } }, 'planner/bad-option', 'a share from 0 to 1, got 2'],
    [
      [{ ...one, zipff: 1 }],
      options,
      'planner/unknown-option',
      'features[0]: takes only name,',
      'Did you mean "zipf"?',
    ],
    [
      [{ ...one, frequencyOrdered: 'no' }],
      options,
      'planner/bad-option',
      'frequencyOrdered: must be true or false',
    ],
    [[{ ...one, name: 7 }], options, 'planner/bad-option', 'features[0], name: must be a string, got 7'],
    [[null], options, 'planner/bad-options', 'features[0]: must be an object, got null'],
    [{ a: one }, options, 'planner/no-features', 'must be a list of at least one, got {"a"'],
    [[one], { ...options, optimizer: { rule: 'adamw' } }, 'embeddings/bad-option', 'got adamw'],
  ])('%j with %j', (bad, settings, code, ...words) => {
    expect(() => plan(bad as PlanFeature[], settings as typeof options)).toThrow(refusal(code, ...words));
  });

  test('to plan for training what can only be read', () => {
    const generators: OptionGenerator[] = [{ kind: 'frozen', inferenceOnly: true, candidates: () => [] }];
    expect(() => plan([one], { ...options, kinds: ['frozen'], generators })).toThrow(
      refusal('planner/not-trainable', 'kind "frozen"', 'purpose "serving"'),
    );
  });
});
