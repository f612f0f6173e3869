import { zipfFrequencies } from '@ttrec/planner/generator';
import { expect, test } from 'vitest';
import { expectedLoss, tableOf } from './expected-loss.ts';
import { measuredRuns, type MeasuredRuns } from './measured-runs.ts';

/** Expected against measured, one pair a run. */
function pairs({ tables, embeddingDim, runs }: MeasuredRuns): (readonly [number, number])[] {
  const known = tables.map(({ numEmbeddings, zipf }) =>
    tableOf(zipfFrequencies(numEmbeddings, zipf), embeddingDim),
  );
  return runs.map(([config, measured]) => {
    const losses = known.map((table) => expectedLoss(config, table));
    return [losses.reduce((sum, loss) => sum + loss, 0) / losses.length, measured] as const;
  });
}

/** Kendall's τ: pairs in the same order less pairs in the other, over all. */
function kendall(points: readonly (readonly [number, number])[]): number {
  let [sum, count] = [0, 0];
  points.forEach(([x, y], i) => {
    for (const [otherX, otherY] of points.slice(0, i)) {
      sum += Math.sign(x - otherX) * Math.sign(y - otherY);
      count++;
    }
  });
  return sum / count;
}

function pearson(points: readonly (readonly [number, number])[]): number {
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

// What the README states, less a hundredth or so.
test.each([
  ['synthetic', 0.71, 0.91],
  ['taobao', 0.73, 0.93],
  ['baby names', 0.8, 0.91],
])(
  'on %s the expected losses order as the measured ones: τ ≥ %f, correlation ≥ %f',
  (name, tau, correlation) => {
    const points = pairs(measuredRuns.find((runs) => runs.name === name)!);
    expect(kendall(points)).toBeGreaterThanOrEqual(tau);
    expect(pearson(points)).toBeGreaterThanOrEqual(correlation);
  },
);
