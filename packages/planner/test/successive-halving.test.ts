import { RandomStream } from '@ttrec/core';
import type { MeasuredCandidate, Measurement, Trial } from '@ttrec/planner/measure';
import { describe, expect, test } from 'vitest';
import { successiveHalving } from '../src/measure/successive-halving.ts';
import { timeBudget, trialBudget } from '../src/measure/work-budget.ts';

interface Curve {
  /** What a whole training comes to. */
  readonly loss: number;
  /** How much more it is at the start. */
  readonly slow: number;
}

const candidate = (name: string, single: string | undefined): MeasuredCandidate => ({
  name,
  single,
  tables: [],
});

/** A made-up training: a curve for each candidate, noise for each seed, and noise that rows share. */
function mockMeasurer(
  curves: ReadonlyMap<string, Curve>,
  { noise, seconds }: { noise: number; seconds: number },
) {
  const trials: Trial[] = [];
  const trained = new Map<string, number>();
  return {
    trials,
    measure: async (trial: Trial): Promise<Measurement> => {
      const { candidate: one, seed, share } = trial;
      trials.push(trial);
      const { loss, slow } = curves.get(one.name)!;
      const key = `${one.name} ${seed}`;
      const before = trained.get(key) ?? 0;
      trained.set(key, share);
      const stream = new RandomStream(seed, `${one.name} ${share}`);
      const own = loss + slow * (1 - share) + noise * (stream.nextUniform() - 0.5);
      const rows = new Float32Array(64).fill(own);
      return { loss: own, rows, seconds: seconds * (share - before) };
    },
  };
}

/** Some candidates, most of one kind, with curves that cross. */
function made(seed: number, count: number) {
  const stream = new RandomStream(seed, 'candidates');
  const candidates = Array.from({ length: count }, (_, k) =>
    candidate(`c${k}`, stream.nextUniform() < 0.7 ? `kind ${k}` : undefined),
  );
  candidates[0] = candidate('c0', 'kind 0');
  const curves = new Map(
    candidates.map(({ name }) => [name, { loss: stream.nextUniform(), slow: stream.nextUniform() }] as const),
  );
  return { candidates, curves };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('what is chosen', () => {
  test('is never worse, as measured, than the best single kind: 1,000 searches', async () => {
    for (let seed = 0; seed < 1000; seed++) {
      const { candidates, curves } = made(seed, 3 + (seed % 17));
      const budget = trialBudget(2 + (seed % 29));
      const { measure } = mockMeasurer(curves, { noise: 0.3, seconds: 1 });
      const { tried } = await successiveHalving({ candidates, measure, budget, seed: 1 });
      const chosen = tried[0]!;
      const last = tried.filter(({ share }) => share === chosen.share);
      expect(last.some(({ candidate: { single } }) => single !== undefined)).toBe(true);
      for (const { candidate: each, measurements } of last) {
        if (each.single === undefined || measurements.length < chosen.measurements.length) continue;
        expect(meanOf(chosen.measurements.map(({ loss }) => loss))).toBeLessThanOrEqual(
          meanOf(measurements.map(({ loss }) => loss)),
        );
      }
      // The best single kind of every rung has come as far as what was chosen.
      const singles = tried.filter(({ candidate: { single } }) => single !== undefined);
      expect(singles[0]!.share).toBe(chosen.share);
      expect(singles[0]!.measurements.length).toBe(chosen.measurements.length);
    }
  });

  test('is the best candidate if the budget is enough to train all of them, however slowly they start', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const { candidates, curves } = made(seed, 8);
      const { measure } = mockMeasurer(curves, { noise: 0, seconds: 1 });
      const { tried } = await successiveHalving({ candidates, measure, budget: trialBudget(40), seed: 1 });
      const best = [...curves].sort(([, a], [, b]) => a.loss - b.loss)[0]![0];
      expect(tried[0]!.candidate.name).toBe(best);
      expect(tried[0]!.share).toBe(1);
    }
  });

  test('is the best single kind unless a mixture is better by more than chance may be', async () => {
    // Of two seeds the first is lucky for the mixture, by less or by more than it is better.
    for (const [gain, luck, chosen] of [
      [0.001, 0.02, 'kind'],
      [0.05, 0.001, 'mixture'],
      [-0.01, 0.02, 'kind'],
    ] as const) {
      const { tried } = await successiveHalving({
        candidates: [candidate('mixture', undefined), candidate('kind', 'kind'), candidate('far', 'far')],
        measure: async ({ candidate: { name }, seed, share }) => {
          const lucky = name === 'mixture' ? gain + (seed === 1 ? luck : -luck / 2) : 0;
          const loss = name === 'far' ? 0.9 : 0.5 - lucky;
          return { loss, rows: new Float32Array(64).fill(loss), seconds: share };
        },
        budget: trialBudget(8),
        seed: 1,
      });
      expect(tried[0]!.candidate.name).toBe(chosen);
      expect(tried[0]!.measurements.length).toBeGreaterThan(1);
    }
  });

  test('is never worse for more trials or more candidates, where losses fall alike: 1,000 landscapes', async () => {
    for (let seed = 0; seed < 1000; seed++) {
      const stream = new RandomStream(seed, 'landscape');
      const { candidates, curves } = made(seed, 4 + (seed % 21));
      for (const curve of curves.values()) Object.assign(curve, { slow: 0.3 });
      // Variants of the best, of which those of a candidate have losses of their own.
      const variants = (tried: readonly { candidate: MeasuredCandidate }[]) =>
        tried.slice(0, 2).map(({ candidate: { name } }) => {
          curves.set(`${name} varied`, {
            loss: curves.get(name)!.loss + 0.3 * (new RandomStream(seed, name).nextUniform() - 0.7),
            slow: 0.3,
          });
          return candidate(`${name} varied`, undefined);
        });
      const lossOf = async (allowed: readonly MeasuredCandidate[], trials: number) => {
        const { measure } = mockMeasurer(curves, { noise: 0, seconds: 1 });
        const budget = trialBudget(trials);
        const { tried } = await successiveHalving({
          candidates: allowed,
          variants,
          measure,
          budget,
          seed: 1,
        });
        return curves.get(tried[0]!.candidate.name)!.loss;
      };
      const fewer = candidates.slice(0, 1 + Math.floor(stream.nextUniform() * candidates.length));
      const trials = 4 + Math.floor(stream.nextUniform() * 40);
      const least = Math.min(...fewer.map(({ name }) => curves.get(name)!.loss));
      const [of, more] = [await lossOf(fewer, 40), await lossOf(fewer, 40 + trials)];
      expect(of).toBeLessThanOrEqual(least);
      expect(more).toBeLessThanOrEqual(of);
      // Each candidate that is tried is an offer: of more of them the best is no worse.
      const all = await lossOf(candidates, 40);
      expect(all).toBeLessThanOrEqual(Math.min(...candidates.map(({ name }) => curves.get(name)!.loss)));
      expect(await lossOf(candidates, 40 + trials)).toBeLessThanOrEqual(all);
    }
  });

  test('can be a candidate that is behind early, if it is named among the slow ones', async () => {
    const candidates = Array.from({ length: 27 }, (_, k) => candidate(`c${k}`, `kind ${k}`));
    const chosenWith = async (slow: readonly string[]) => {
      const { tried } = await successiveHalving({
        candidates,
        slow,
        measure: async ({ candidate: { name }, share }) => {
          const early = share < 0.3;
          const loss = name === 'c20' ? (early ? 0.9 : 0.1) : 0.5 + 0.01 * Number(name.slice(1));
          return { loss, rows: new Float32Array(64).fill(loss), seconds: share };
        },
        budget: trialBudget(16),
        seed: 1,
      });
      return tried[0]!.candidate.name;
    };
    expect(await chosenWith([])).toBe('c0');
    expect(await chosenWith(['c20'])).toBe('c20');
  });

  test('can be a variant of what was measured', async () => {
    const curves = new Map<string, Curve>([
      ['a', { loss: 0.4, slow: 0 }],
      ['b', { loss: 0.5, slow: 0 }],
      ['variant of a', { loss: 0.3, slow: 0 }],
    ]);
    const { measure } = mockMeasurer(curves, { noise: 0, seconds: 1 });
    const { tried } = await successiveHalving({
      candidates: [candidate('b', 'b'), candidate('a', 'a')],
      variants: ([best]) => [candidate(`variant of ${best!.candidate.name}`, undefined)],
      measure,
      budget: trialBudget(20),
      seed: 1,
    });
    expect(tried.map(({ candidate: { name } }) => name)).toEqual(['variant of a', 'a', 'b']);
  });
});

describe('the budget', () => {
  test('of trials is kept, and leads to the same trials every time', async () => {
    for (const trials of [1, 3, 10, 40]) {
      const run = async () => {
        const { candidates, curves } = made(7, 24);
        const mock = mockMeasurer(curves, { noise: 0.2, seconds: 1 });
        const result = await successiveHalving({
          candidates,
          measure: mock.measure,
          budget: trialBudget(trials),
          seed: 3,
        });
        return { ...result, trials: mock.trials };
      };
      const [one, again] = [await run(), await run()];
      expect(again).toEqual(one);
      const work = new Map<string, number>();
      for (const {
        candidate: { name },
        seed,
        share,
      } of one.trials)
        work.set(`${name} ${seed}`, share);
      // The best two are trained whole whatever the budget.
      expect([...work.values()].reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(
        Math.max(trials, 4) + 1e-9,
      );
      expect(one.left.length).toBe(24 - one.tried.length);
    }
  });

  test('of time is kept by trials that take what was expected', async () => {
    const { candidates, curves } = made(11, 20);
    const { measure } = mockMeasurer(curves, { noise: 0.2, seconds: 3 });
    const budget = timeBudget(60);
    const { tried, isWhole } = await successiveHalving({ candidates, measure, budget, seed: 1 });
    expect(budget.left).toBeGreaterThanOrEqual(-1e-9);
    expect(budget.left).toBeLessThan(20);
    expect(isWhole).toBe(true);
    expect(tried[0]!.share).toBe(1);
  });

  test('of time ends by the clock, whatever trials take, and has the best single kind: 1,000 searches', async () => {
    for (let seed = 0; seed < 1000; seed++) {
      const stream = new RandomStream(seed, 'clock');
      const { candidates, curves } = made(seed, 3 + (seed % 30));
      const mock = mockMeasurer(curves, { noise: 0.3, seconds: 10 ** (2 * stream.nextUniform()) });
      const [scoring, load] = [3 * stream.nextUniform(), 1 + 4 * stream.nextUniform()];
      const seconds = 10 + 190 * stream.nextUniform();
      let time = 0;
      const limits: number[] = [];
      const { tried, isWhole } = await successiveHalving({
        candidates,
        variants: ([best]) => {
          const name = `${best!.candidate.name} varied`;
          curves.set(name, { loss: stream.nextUniform(), slow: stream.nextUniform() });
          return [candidate(name, undefined)];
        },
        measure: async (trial) => {
          const measured = await mock.measure(trial);
          const took = scoring + measured.seconds * load ** (2 * stream.nextUniform() - 1);
          if (trial.limit !== undefined) limits.push(trial.limit);
          time += Math.min(took, trial.limit ?? Infinity);
          return took > (trial.limit ?? Infinity) ? undefined : { ...measured, seconds: took, scoring };
        },
        budget: timeBudget(seconds, () => time),
        seed: 1,
      });
      expect(time).toBeLessThanOrEqual(seconds + 1e-9);
      expect(limits).toHaveLength(mock.trials.length);
      const chosen = tried[0];
      if (chosen === undefined) {
        // The first trial took all of the time.
        expect([limits, time]).toEqual([[seconds], seconds]);
        continue;
      }
      const singles = tried.filter(({ candidate: { single } }) => single !== undefined);
      expect(singles[0]!.share).toBe(chosen.share);
      if (isWhole) expect(singles[0]!.measurements.length).toBe(chosen.measurements.length);
    }
  });

  test('of time ends by the clock, or at most one shortest trial later, whenever the search begins: 1,000 searches', async () => {
    for (let seed = 0; seed < 1000; seed++) {
      const stream = new RandomStream(seed, 'late');
      const { candidates, curves } = made(seed, 3 + (seed % 30));
      if (seed % 2 === 0) candidates.unshift(candidate('instant plan', undefined));
      curves.set('instant plan', { loss: stream.nextUniform(), slow: 0.2 });
      const total = 1 + 99 * stream.nextUniform();
      const whole = total * 10 ** (4 * stream.nextUniform() - 1);
      // Candidates were made meanwhile, which may have taken more than all of the time.
      const start = total * [0, 0.5, 1, 1.3][seed % 4]!;
      const mock = mockMeasurer(curves, { noise: 0.3, seconds: whole });
      let time = 0;
      const budget = timeBudget(total, () => time);
      time = start;
      const { tried } = await successiveHalving({
        candidates,
        measure: async (trial) => {
          const measured = await mock.measure(trial);
          const limit = trial.limit ?? Infinity;
          time += Math.min(measured.seconds, limit);
          return measured.seconds > limit ? undefined : measured;
        },
        budget,
        seed: 1,
      });
      const [shortest, quarter] = [whole / 64, total / 4];
      expect(time).toBeLessThanOrEqual(Math.max(total, start + Math.min(shortest, quarter)) * (1 + 1e-9));
      // If the first trial fits, there is a choice, and one of a single kind came as far as any.
      if (shortest > Math.max(total - start, quarter)) expect(tried).toEqual([]);
      else expect(tried.find(({ candidate: { single } }) => single)!.share).toBe(tried[0]!.share);
    }
  });

  test('of which half is gone when the search begins goes to the largest share that the rest allows', async () => {
    for (const [whole, expected] of [
      [0.1, 1],
      [10, 1 / 15],
      [3600, undefined],
    ] as const) {
      let time = 0;
      const budget = timeBudget(10, () => time);
      time = 5;
      const { candidates, curves } = made(3, 6);
      const { measure, trials } = mockMeasurer(curves, { noise: 0, seconds: whole });
      const lefts: (number | undefined)[] = [];
      const { tried, left } = await successiveHalving({
        candidates,
        onTrial: (notice) => lefts.push(notice.left),
        measure: async (trial) => {
          const measured = await measure(trial);
          const limit = trial.limit ?? Infinity;
          time += Math.min(measured.seconds, limit);
          return measured.seconds > limit ? undefined : measured;
        },
        budget,
        seed: 1,
      });
      expect(time).toBeLessThanOrEqual(10);
      expect(trials[0]).toMatchObject({ share: 1 / 64, limit: 5 });
      expect([lefts.length, lefts[0]]).toEqual([trials.length, 5]);
      if (expected !== undefined) expect(tried[0]!.share).toBeCloseTo(expected, 10);
      else expect([tried, left.length]).toEqual([[], 6]);
    }
  });

  test('of trials trains finalists whole from eight on, and as far as it goes for fewer', async () => {
    for (const [trials, share] of [
      [2, 0.267],
      [4, 0.533],
      [6, 0.8],
      [8, 1],
      [16, 1],
    ] as const) {
      const { candidates, curves } = made(17, 6);
      const { measure } = mockMeasurer(curves, { noise: 0, seconds: 1 });
      const { tried } = await successiveHalving({
        candidates,
        measure,
        budget: trialBudget(trials),
        seed: 1,
      });
      expect(tried[0]!.share).toBeCloseTo(share, 3);
      expect(tried.filter((each) => each.share === tried[0]!.share).length).toBeGreaterThanOrEqual(3);
    }
  });

  test('of time that is too little for whole trainings trains the finalists as far as it goes', async () => {
    const { candidates, curves } = made(5, 20);
    for (const seconds of [5, 20, 60]) {
      const { measure } = mockMeasurer(curves, { noise: 0, seconds: 60 });
      const budget = timeBudget(seconds);
      const { tried, left, isWhole } = await successiveHalving({ candidates, measure, budget, seed: 1 });
      expect(isWhole).toBe(true);
      const [{ share }] = tried as [(typeof tried)[number]];
      expect(share).toBeLessThan(1);
      expect(tried.filter((each) => each.share === share).length).toBeGreaterThanOrEqual(
        seconds < 20 ? 2 : 3,
      );
      expect(tried.length + left.length).toBe(20);
      expect(budget.left).toBeGreaterThanOrEqual(-1e-9);
    }
  });

  test('that is used up by a trial leaves what was measured before', async () => {
    const { candidates, curves } = made(13, 6);
    const mock = mockMeasurer(curves, { noise: 0, seconds: 1 });
    let count = 0;
    const { tried, isWhole } = await successiveHalving({
      candidates,
      measure: async (trial) => (++count > 8 ? undefined : mock.measure(trial)),
      budget: trialBudget(5),
      seed: 1,
    });
    expect(isWhole).toBe(false);
    expect(new Set(tried.map(({ share }) => share)).size).toBeGreaterThanOrEqual(1);
    expect(tried).toHaveLength(6);
  });
});
