import { createCpuBackend } from '@ttrec/backend-cpu';
import { streamSafetensors } from '@ttrec/tensor-files';
import { presetCardinalities, type PresetName } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { optimizerRules, type OptimizerConfig } from '@ttrec/embeddings';
import { optionGenerators, Planner, type PlanFeature } from '@ttrec/planner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableHeaderBytes } from '../src/plan/header-bytes.ts';
import { planModelFile, plannedTables } from '../src/plan/plan-model.ts';

interface ModelToPlan {
  readonly features: readonly PlanFeature[];
  readonly model: DlrmConfig;
  readonly kinds?: readonly string[];
  readonly serving?: boolean;
  readonly rule?: OptimizerConfig['rule'];
}

function modelOf(sizes: readonly number[], embeddingDim: number): ModelToPlan {
  const names = sizes.map((_, t) => `C${t + 1}`);
  return {
    features: sizes.map((numEmbeddings, t) => ({ name: names[t]!, numEmbeddings })),
    model: {
      denseFeatures: 3,
      embeddingDim,
      tables: names.map((name, t) => ({ name, numEmbeddings: sizes[t]!, config: { kind: 'dense' } })),
      features: names,
      bottomMlp: [8],
      topMlp: [8],
      interaction: { kind: 'dot', selfInteraction: false },
      optimizer: { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
      seed: 1,
    },
  };
}

/** Plans one model for any budget, as the command does. */
function plannerOf({ features, model, kinds, serving, rule = 'adagrad' }: ModelToPlan) {
  const planner = new Planner(features, {
    embeddingDim: model.embeddingDim,
    optimizer: { rule },
    purpose: serving === true ? 'serving' : 'training',
    overheadBytes: tableHeaderBytes,
    kinds,
  });
  return (budget: number) => planModelFile(planner, model, budget);
}

type Plans = ReturnType<typeof plannerOf>;

/** The smallest budget, as a refusal of one byte names it. */
function smallestNamed(plans: Plans): number {
  try {
    plans(1);
  } catch (thrown) {
    return Number(/must be at least (\d+)/.exec((thrown as Error).message)![1]);
  }
  throw new Error('a budget of 1 byte was accepted');
}

/** Every one of the budgets is met, and expects no more loss than the one before it; returns the last loss. */
function expectOnlyFalling(plans: Plans, budgets: Iterable<number>): void {
  let before = Infinity;
  for (const budget of budgets) {
    const { plan, weightBytes, headerBytes } = plans(budget);
    expect(weightBytes + headerBytes).toBeLessThanOrEqual(budget);
    expect(plan.expectedLoss, `expected loss at ${budget}`).toBeLessThanOrEqual(before);
    before = plan.expectedLoss;
  }
}

function expectSmallestIsExact(plans: Plans): number {
  const smallest = smallestNamed(plans);
  expect(() => plans(smallest - 1)).toThrow(`must be at least ${smallest}`);
  expect(plans(smallest).plan.bytes).toBe(smallest);
  return smallest;
}

function* range(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at++) yield at;
}

describe('the smallest budget named is accepted, one byte less is not, and more bytes never expect more loss', () => {
  test('of a small model, byte by byte until every table is dense', () => {
    const plans = plannerOf(modelOf([50, 200, 70], 4));
    const smallest = expectSmallestIsExact(plans);
    expectOnlyFalling(plans, range(smallest, smallest + 6000));
    expect(plans(smallest + 6000).plan.expectedLoss).toBe(0);
  });

  test('of models of any sizes, kinds and optimizers, byte by byte from the smallest and around the plans of larger ones', () => {
    const kinds = optionGenerators.filter(({ inferenceOnly }) => inferenceOnly !== true);
    const models = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 }),
      embeddingDim: fc.integer({ min: 1, max: 24 }),
      // Dense besides, which fits tables of a single row.
      kind: fc.option(fc.constantFrom(...kinds.map(({ kind }) => kind)), { nil: undefined }),
      serving: fc.boolean(),
      rule: fc.constantFrom(...optimizerRules),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(models, ({ sizes, embeddingDim, kind, serving, rule, place }) => {
        const chosen = kind === undefined ? {} : { kinds: ['dense', 'hash', kind] };
        const plans = plannerOf({ ...modelOf(sizes, embeddingDim), ...chosen, serving, rule });
        const smallest = expectSmallestIsExact(plans);
        expectOnlyFalling(plans, range(smallest, smallest + 100));
        const { denseBytes } = plans(Number.MAX_SAFE_INTEGER).plan;
        const budget = Math.ceil(smallest * (denseBytes / smallest) ** place);
        const used = plans(budget).plan.bytes;
        const around = [...range(used - 20, used + 20), ...range(budget - 20, budget + 20)];
        expectOnlyFalling(
          plans,
          around.filter((bytes) => bytes >= smallest).sort((a, b) => a - b),
        );
      }),
      { numRuns: 60 },
    );
    // Some 20 s alone, and a machine that has more to do takes its time.
  }, 300_000);

  test.each<[PresetName, number, boolean]>([
    ['criteo-kaggle', 16, false],
    ['criteo-kaggle', 16, true],
    ['criteo-terabyte', 64, false],
    ['criteo-terabyte', 64, true],
  ])('of %s, D = %i, serving: %s', (preset, embeddingDim, serving) => {
    const plans = plannerOf({ ...modelOf(presetCardinalities[preset], embeddingDim), serving });
    const smallest = expectSmallestIsExact(plans);
    const spread = [...range(0, 40)].map((step) => Math.ceil(smallest * 1.4 ** step));
    const around = spread.filter((_, k) => k % 8 === 0).flatMap((budget) => plans(budget).plan.bytes);
    const budgets = [...range(smallest, smallest + 60), ...spread, ...around.flatMap((at) => [at, at + 1])];
    expectOnlyFalling(
      plans,
      budgets.sort((a, b) => a - b),
    );
  });
});

test.each(optionGenerators)(
  'the header of a model file of $kind tables takes no more than its bound',
  async ({ kind, trainsIntegers }) => {
    const sizes = [3000, 40_000];
    const made = modelOf(sizes, 8);
    const plans = plannerOf({
      ...made,
      kinds: [kind],
      serving: true,
      rule: trainsIntegers ? 'adagrad' : 'sgd',
    });
    const backend = createCpuBackend();
    const budget = Math.max(smallestNamed(plans), kind === 'dense' ? 2e6 : 60_000);
    const { plan, headerBytes } = plans(budget);
    const model = new Dlrm({ backend, ...made.model, tables: plannedTables(plan) });
    const weights = model.state().filter(({ role }) => role === 'model');
    const { value: header } = await streamSafetensors(weights).next();
    expect(header!.length).toBeLessThanOrEqual(headerBytes);
    // A bound that is far off would take bytes from the tables.
    expect(headerBytes).toBeLessThan(2 * header!.length);
    model.dispose();
    await backend.dispose();
  },
);
