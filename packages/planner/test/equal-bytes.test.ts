import { countedFrequencies, zipfFrequencies, type Frequencies } from '@ttrec/planner/generator';
import { describe, expect, test } from 'vitest';
import { syntheticRuns, taobaoRuns, type EqualBytesRun } from './equal-bytes-runs.ts';
import { expectedLoss, tableOf } from './expected-loss.ts';
import { hasTaobao, needsTaobao, taobaoCounts } from './taobao-counts.ts';

/** What the planner takes as nearly lossless: the least that it expects of anything compressed. Below it, all are alike. */
const NEARLY_LOSSLESS = 1e-3;

/**
 * Two options differ where the better one was so for every seed, and by more than this on the mean: the standard error of a
 * mean difference over three seeds was 0.0003 to 0.0025, pairs of which one seed turned the order among the widest.
 */
const NOISE = 1e-3;

/** The pairs that the runs decide, the better one first. */
function decided(runs: readonly EqualBytesRun[]): [EqualBytesRun, EqualBytesRun][] {
  return runs.flatMap((a) =>
    runs
      .filter((b) => {
        const differences = b.logLosses.map((loss, seed) => loss - a.logLosses[seed]!);
        const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
        return mean > NOISE && differences.every((difference) => difference > 0);
      })
      .map((b): [EqualBytesRun, EqualBytesRun] => [a, b]),
  );
}

/** Pairs that the planner orders the other way. */
function misjudged(
  runs: readonly EqualBytesRun[],
  tables: readonly Frequencies[],
  embeddingDim: number,
): string[] {
  const known = tables.map((frequencies) => tableOf(frequencies, embeddingDim));
  const losses = new Map(
    runs.map((run) => {
      const each = run.tables.map((config, t) => expectedLoss(config, known[t]!));
      return [run, each.reduce((sum, loss) => sum + loss, 0) / each.length];
    }),
  );
  return decided(runs)
    .filter(([a, b]) => losses.get(a)! >= losses.get(b)! && losses.get(a)! > NEARLY_LOSSLESS)
    .map(([a, b]) => `${a.name} ${losses.get(a)!.toFixed(4)} before ${b.name} ${losses.get(b)!.toFixed(4)}`);
}

// Dense tables are left out: they are the zero of expected losses, whereas on Taobao they came out behind every TT. That
// is an effect of training (one pass, rare ids), and not of what a form can hold; no share of variance is below 0.
describe('at equal bytes, options order as they were measured', () => {
  test('on the synthetic stream, by the law of its ids', () => {
    const tables = [1_000_000, 400_000, 200_000, 100_000].map((size) => zipfFrequencies(size, 1.05));
    expect(decided(syntheticRuns).length).toBeGreaterThan(20);
    expect(misjudged(syntheticRuns, tables, 16)).toEqual([]);
  });

  test.skipIf(!hasTaobao)(`on Taobao, by its counts${needsTaobao}`, () => {
    const { users, items } = taobaoCounts();
    // 48,247 and 35,702 in the split of the runs: another one has a few dozen ids more or less.
    expect(Math.abs(users.length - 48_247)).toBeLessThan(200);
    expect(Math.abs(items.length - 35_702)).toBeLessThan(200);
    expect(decided(taobaoRuns).length).toBeGreaterThan(30);
    expect(misjudged(taobaoRuns, [users, items].map(countedFrequencies), 32)).toEqual([]);
  });
});
