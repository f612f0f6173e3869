import { expect, test } from 'vitest';
import {
  OWN_SIZE,
  type ArmResult,
  type ComparisonResults,
  type ComparisonSettings,
} from '@ttrec/training/compare';
import { comparisonNotes } from '../src/report/comparison/comparison-table.ts';
import { spread } from '../src/comparison/results.ts';
import { summaryOf } from '../src/comparison/summary.ts';

const settings = {
  budgets: [{ label: 'a' }, { label: 'b' }, { label: 'c' }],
} as unknown as ComparisonSettings;

function results(arm: string, bytes: readonly number[], seeds: readonly (readonly number[])[]): ArmResult[] {
  return bytes.map((each, b) => ({
    arm,
    budget: bytes.length === 1 ? OWN_SIZE : settings.budgets[b]!.label,
    bytes: each,
    setting: { tableRate: 1, split: 0.5 },
    auc: spread(seeds.map((values) => values[b]!)),
    logLoss: spread(seeds.map(() => 0.5)),
    validationAuc: null,
    decileAucs: [],
    seconds: 1,
  }));
}

const bytes = [1000, 10_000, 100_000];

test('the area is the mean of the AUC over the logarithm of bytes', () => {
  const { curves } = summaryOf(results('tt', bytes, [[0.6, 0.7, 0.7]]), settings);
  expect(curves[0]!.area).toBeCloseTo((0.65 + 0.7) / 2, 12);
});

test('budgets that come to the same bytes are one point, with their mean', () => {
  const { curves } = summaryOf(results('tt', [1000, 1000, 100_000], [[0.6, 0.7, 0.7]]), settings);
  expect(curves[0]!.area).toBeCloseTo((0.65 + 0.7) / 2, 12);
  expect(
    summaryOf(results('tt', [1000, 1000, 1000], [[0.6, 0.6, 0.6]]), settings).curves[0]!.area,
  ).toBeNull();
});

test('bytes for a quality come from between the budgets around it', () => {
  const { curves } = summaryOf(
    [
      ...results('dense', [1e6], [[0.701]]),
      ...results('tt', bytes, [[0.6, 0.7, 0.72]]),
      ...results('hash', bytes, [[0.5, 0.51, 0.6]]),
    ],
    settings,
  );
  expect(curves[0]!.bytesWithin).toEqual({ '0.001': 10_000, '0.005': Math.round(10 ** 3.96) });
  expect(curves[1]!.bytesWithin).toEqual({ '0.001': null, '0.005': null });
});

test('the crossover is where tt and hash are equal, with an interval over seeds where each has one', () => {
  const hash = results('hash', bytes, [
    [0.5, 0.6, 0.8],
    [0.5, 0.6, 0.8],
  ]);
  const crossing = summaryOf(
    [
      ...hash,
      ...results('tt', bytes, [
        [0.6, 0.65, 0.75],
        [0.6, 0.65, 0.7],
      ]),
    ],
    settings,
  );
  const [first, second] = [4.5, 4 + 1 / 3];
  const { crossover } = crossing;
  expect(crossover!.bytes).toBe(Math.round(10 ** ((first + second) / 2)));
  expect(crossover!.low!).toBeLessThan(10 ** second);
  expect(crossover!.high!).toBeGreaterThan(10 ** first);
  const apart = summaryOf(
    [
      ...hash,
      ...results('tt', bytes, [
        [0.6, 0.7, 0.9],
        [0.6, 0.7, 0.9],
      ]),
    ],
    settings,
  );
  expect(apart.crossover).toEqual({ arms: ['tt', 'hash'], bytes: null, low: null, high: null });
  const once = summaryOf(
    [
      ...hash,
      ...results('tt', bytes, [
        [0.6, 0.7, 0.75],
        [0.6, 0.7, 0.81],
      ]),
    ],
    settings,
  );
  expect(once.crossover).toMatchObject({ low: null, high: null });
  expect(summaryOf(hash, settings).crossover).toBeNull();
});

test('the best single kind of each budget is judged against the baseline and hot rows beside hashes', () => {
  const noisy = (...means: readonly number[]) => [0, 1, 2].map((s) => means.map((mean) => mean + 1e-4 * s));
  const arms = [
    ...results('dense', [1e6], noisy(0.9)),
    ...results('hash', bytes, noisy(0.5, 0.6, 0.7)),
    ...results('hot-hash', bytes, noisy(0.55, 0.6, 0.71)),
    ...results('tt', bytes, noisy(0.6, 0.65, 0.7)),
    // Of more than one kind, or of a size of its own: no single kind.
    ...results('planned', bytes, noisy(0.8, 0.8, 0.8)),
  ];
  const of = { regime: 'one-epoch', baseline: 'hash', seeds: 3, trials: 1, vary: ['start'] };
  const compared = {
    settings: { ...settings, ...of },
    arms,
    margin: 0.001,
    summary: { crossover: null },
  } as unknown as ComparisonResults;
  const notes = comparisonNotes(compared);
  expect(notes).toContain(
    'best single kind at a: tt 0.6001, better against hash (+0.1000), better against hot-hash (+0.0500)',
  );
  expect(notes).toContain('best single kind at c: hot-hash 0.7101, better against hash (+0.0100)');
});
