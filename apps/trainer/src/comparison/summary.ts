import {
  OWN_SIZE,
  type ArmResult,
  type ComparisonSettings,
  type ComparisonSummary,
  type Crossover,
} from '@ttrec/training/compare';
import { pairedT } from '@ttrec/training/statistics';

type Point = readonly [logBytes: number, auc: number];

export function summaryOf(results: readonly ArmResult[], settings: ComparisonSettings): ComparisonSummary {
  const curves = [...new Set(results.filter(({ budget }) => budget !== OWN_SIZE).map(({ arm }) => arm))].map(
    (arm) => ({ arm, points: pointsOf(results, arm) }),
  );
  const whole = curves.filter(({ points }) => points.length === settings.budgets.length);
  const [low, high] = [
    Math.max(...whole.map(({ points }) => points[0]![0])),
    Math.min(...whole.map(({ points }) => points.at(-1)![0])),
  ];
  const dense = results.find(({ arm }) => arm === 'dense')?.auc?.mean;
  const within = (points: readonly Point[], loss: number) =>
    dense === undefined ? null : bytesAt(points, dense - loss);
  return {
    curves: curves.map(({ arm, points }) => ({
      arm,
      area:
        points.length === settings.budgets.length && high > low
          ? meanBetween(merged(points), low, high)
          : null,
      bytesWithin: { '0.001': within(points, 0.001), '0.005': within(points, 0.005) },
    })),
    crossover: crossoverOf(results, ['tt', 'hash']),
  };
}

/** By ascending bytes; of one seed, or the mean. */
function pointsOf(results: readonly ArmResult[], arm: string, seed?: number): Point[] {
  return results
    .flatMap(({ bytes, auc, ...result }): Point[] => {
      if (auc === null || result.arm !== arm || result.budget === OWN_SIZE) return [];
      return [[Math.log(bytes), seed === undefined ? auc.mean : auc.values[seed]!]];
    })
    .sort(([a], [b]) => a - b);
}

/** Budgets that come to the same bytes as one point, the mean of theirs. */
function merged(points: readonly Point[]): Point[] {
  return [...new Set(points.map(([x]) => x))].map((x) => {
    const same = points.filter(([at]) => at === x);
    return [x, same.reduce((sum, [, y]) => sum + y, 0) / same.length];
  });
}

/** Linear between points. */
function valueAt(points: readonly Point[], at: number): number {
  const next = Math.max(
    1,
    points.findIndex(([x]) => x >= at),
  );
  const [[x0, y0], [x1, y1]] = [points[next - 1]!, points[next]!];
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

function meanBetween(points: readonly Point[], low: number, high: number): number {
  const places = [low, ...points.map(([x]) => x).filter((x) => x > low && x < high), high];
  const area = places
    .slice(1)
    .reduce(
      (sum, x, i) => sum + ((x - places[i]!) * (valueAt(points, x) + valueAt(points, places[i]!))) / 2,
      0,
    );
  return area / (high - low);
}

function bytesAt(points: readonly Point[], auc: number): number | null {
  const first = points.findIndex(([, y]) => y >= auc);
  if (first < 0) return null;
  if (first === 0) return Math.round(Math.exp(points[0]![0]));
  const [[x0, y0], [x1, y1]] = [points[first - 1]!, points[first]!];
  return Math.round(Math.exp(x0 + ((auc - y0) / (y1 - y0)) * (x1 - x0)));
}

function crossoverOf(results: readonly ArmResult[], arms: readonly [string, string]): Crossover | null {
  const seeds = results[0]?.auc?.values.length ?? 0;
  const cross = (seed?: number) => {
    const [a, b] = arms.map((arm) => pointsOf(results, arm, seed));
    return a!.length < 2 || b!.length !== a!.length ? undefined : crossing(a!, b!);
  };
  const mean = cross();
  if (mean === undefined) return null;
  const own = Array.from({ length: seeds }, (_, seed) => cross(seed));
  const known = own.filter((at): at is number => typeof at === 'number');
  const interval = seeds > 1 && known.length === seeds ? pairedT(known) : undefined;
  return {
    arms,
    bytes: mean === null ? null : Math.round(Math.exp(interval?.mean ?? mean)),
    low: interval ? Math.round(Math.exp(interval.low)) : null,
    high: interval ? Math.round(Math.exp(interval.high)) : null,
  };
}

/** Where the difference of two curves changes its sign, the first from below; null if it does not. */
function crossing(a: readonly Point[], b: readonly Point[]): number | null {
  const differences = a.map(([x, y], i): Point => [x, y - b[i]![1]]);
  for (let i = 1; i < differences.length; i++) {
    const [[x0, d0], [x1, d1]] = [differences[i - 1]!, differences[i]!];
    if (Math.sign(d0) !== Math.sign(d1) && d0 !== 0) return x0 + (d0 / (d0 - d1)) * (x1 - x0);
  }
  return null;
}
