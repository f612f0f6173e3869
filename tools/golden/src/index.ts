import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type { GoldenBag } from './golden-bag.ts';
export { goldenBatch, type GoldenDlrm } from './golden-dlrm.ts';
export { scipyStatistics, type ScipyStatistics } from './scipy-statistics.ts';
export { sklearnRanking, type SklearnRanking } from './sklearn-ranking.ts';
export { pytorchCurves, type CurveCase, type PytorchCurves } from './pytorch-curves.ts';

/** The folder of the vectors: `TTREC_GOLDEN`, or this repository's copy if that is unset or empty. */
const goldenFolder = process.env['TTREC_GOLDEN'] || fileURLToPath(new URL('../fixtures', import.meta.url));

/** The cases of one file, such as `tt-embedding-bag`; the README in that folder describes the fields. */
export function goldenCases<Case>(file: string): Case[] {
  return JSON.parse(readFileSync(join(goldenFolder, `${file}.json`), 'utf8')) as Case[];
}

/**
 * The largest difference between two arrays, relative to the largest expected magnitude (at least 1e-30).
 * The golden values are float64; float32 results are held to 1e-5 of that scale.
 */
export function scaledError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let scale = 1e-30;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    const difference = Math.abs(got[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    worst = Math.max(worst, difference);
  }
  return worst / scale;
}
