import { ratesOf, scheduleOf, type ScheduleConfig } from '@ttrec/training';
import { refusal } from '@ttrec/test-support';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

test('a number is constant, and a function is itself', () => {
  const rate = (step: number) => step / 7;
  expect(scheduleOf(rate)).toBe(rate);
  expect([0, 1, 1e9].map(scheduleOf(0.02))).toEqual([0.02, 0.02, 0.02]);
});

test('a cosine halves its rate half way, and stays where it ends', () => {
  const rate = scheduleOf({ kind: 'cosine', rate: 0.4, steps: 100, final: 0.2 });
  expect([0, 50, 100, 1000].map(rate)).toEqual([0.4, expect.closeTo(0.3, 12), 0.2, 0.2]);
  // (1 + cos(pi / 4)) / 2 of the way.
  expect(rate(25)).toBeCloseTo(0.2 + (0.2 * (1 + Math.SQRT1_2)) / 2, 12);
});

test('a constant one has a warm-up too', () => {
  expect([0, 1, 2, 900].map(scheduleOf({ kind: 'constant', rate: 0.3, warmup: 2 }))).toEqual([
    0.15, 0.3, 0.3, 0.3,
  ]);
});

test('parts of a model have schedules of their own, the wide term that of the tables unless it is given', () => {
  const linear = { kind: 'linear', rate: 1, steps: 2 } as const;
  expect(ratesOf({ embeddings: 0.1, dense: linear })(1)).toEqual({ embeddings: 0.1, dense: 0.5, wide: 0.1 });
  expect(ratesOf({ embeddings: 0.1, dense: linear, wide: 0.7 })(2)).toEqual({
    embeddings: 0.1,
    dense: 0,
    wide: 0.7,
  });
  expect(ratesOf(linear)(1)).toBe(0.5);
});

test('a linear one loses as much each step', () => {
  expect([0, 1, 2, 3, 4, 5].map(scheduleOf({ kind: 'linear', rate: 1, steps: 4 }))).toEqual([
    1, 0.75, 0.5, 0.25, 0, 0,
  ]);
});

test('steps multiply after each so many', () => {
  const rate = scheduleOf({ kind: 'steps', rate: 1, every: 3, factor: 0.5 });
  expect([0, 2, 3, 5, 6, 9].map(rate)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125]);
});

const configs: fc.Arbitrary<ScheduleConfig> = fc
  .record({
    rate: fc.double({ min: 1e-6, max: 10, noNaN: true }),
    warmup: fc.integer({ min: 0, max: 50 }),
  })
  .chain(({ rate, warmup }) =>
    fc.oneof(
      fc.record({
        kind: fc.constantFrom('cosine' as const, 'linear' as const),
        rate: fc.constant(rate),
        warmup: fc.constant(warmup),
        steps: fc.integer({ min: warmup + 1, max: 500 }),
        final: fc.double({ min: 0, max: rate, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('steps' as const),
        rate: fc.constant(rate),
        warmup: fc.constant(warmup),
        every: fc.integer({ min: 1, max: 100 }),
        factor: fc.double({ min: 0.1, max: 1, noNaN: true }),
      }),
    ),
  );

test('every schedule rises to its rate over the warm-up, reaches it, never passes it, and never rises again', () => {
  fc.assert(
    fc.property(configs, (config) => {
      const { rate: highest, warmup = 0 } = config;
      const rates = Array.from({ length: 600 }, (_, step) => scheduleOf(config)(step));
      // Rates are sums of products of float64: the last bits may differ.
      const close = highest * 1e-9;
      expect(Math.abs(rates[warmup]! - highest)).toBeLessThanOrEqual(close);
      for (let step = 1; step < rates.length; step++) {
        const change = rates[step]! - rates[step - 1]!;
        if (step < warmup) expect(change).toBeGreaterThan(0);
        else if (step > warmup) expect(change).toBeLessThanOrEqual(close);
        expect(rates[step]!).toBeLessThanOrEqual(highest + close);
        expect(rates[step]!).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

describe('a schedule is refused', () => {
  test.each<[unknown, ...string[]]>([
    [
      { kind: 'sine', rate: 1, steps: 2 },
      'training/bad-schedule',
      'learningRate, kind',
      'Did you mean "cosine"',
    ],
    [null, 'training/bad-schedule', 'learningRate, kind'],
    [{ kind: 'cosine', rate: 0, steps: 2 }, 'training/bad-schedule', 'learningRate, rate', 'above 0, got 0'],
    [
      { kind: 'cosine', rate: 1, steps: 5, warmup: 5 },
      'training/bad-schedule',
      'steps',
      'above warmup, got 5',
    ],
    [{ kind: 'linear', rate: 1, steps: 5, final: -1 }, 'training/bad-schedule', 'final', 'got -1'],
    [{ kind: 'linear', rate: 1, steps: 5, every: 2 }, 'training/unknown-option', 'learningRate', 'got every'],
    [{ kind: 'steps', rate: 1, every: 0, factor: 0.5 }, 'training/bad-schedule', 'every', 'got 0'],
    [{ kind: 'steps', rate: 1, every: 5, factor: 0 }, 'training/bad-schedule', 'factor', 'got 0'],
    [
      { kind: 'steps', rate: 1, every: 5, factor: 0.5, warmup: 1.5 },
      'training/bad-schedule',
      'warmup',
      'got 1.5',
    ],
  ])('%j', (config, code, ...words) => {
    expect(() => scheduleOf(config as ScheduleConfig)).toThrow(refusal(code, ...words));
  });
});
