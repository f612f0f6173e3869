import { checkOptions, checkTT } from '../check.ts';
import { dominantBasis } from '../linear-algebra/dominant-basis.ts';
import { type Matmul, matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { norm } from '../linear-algebra/powers-of-two.ts';
import { balance } from '../tt/balance.ts';
import { flatten, type FlatTT, type InFloat64, isMatrix, type TT } from '../tt/flat-tt.ts';
import { unflatten } from '../tt/unflatten.ts';
import { rightOrthogonal } from './orthogonalise.ts';
import { rankRule, rankRuleOfModes } from './rank-rule.ts';
import {
  type RankRule,
  type Truncation,
  TruncationPlan,
  type TruncationReport,
  TRUNCATION_OPTIONS,
} from './truncation.ts';
import type { Decomposition } from './tt-svd/tt-svd.ts';

/**
 * TT-rounding: reduces the ranks of a TT, to given ranks, an error or a budget, without reconstruction. A QR sweep from
 * the right makes every truncated SVD of the sweep from the left optimal for the whole tensor. O(d n r^3).
 *
 * Oseledets 2011, algorithm 2.
 *
 * @throws `tensor-train/bad-tt`, `bad-truncation`, `bad-ranks`, `bad-budget`, `budget-too-small`, `not-finite`
 */
export function round<T extends TT>(tt: T, options: Truncation & MatmulOption): Decomposition<InFloat64<T>> {
  checkTT('tt', tt);
  const { matmul } = checkOptions('round', options, [...TRUNCATION_OPTIONS, 'matmul']);
  const rule = isMatrix(tt) ? rankRule(tt.shape, options) : rankRuleOfModes(tt.modes, options);
  const { flat, report } = roundFlat(flatten(tt), rule, matmul);
  return { tt: unflatten(flat, tt, flat.cores.length - 1), ...report };
}

export function roundFlat(
  tt: FlatTT,
  rule: RankRule,
  matmul: Matmul = plainMatmul,
): { flat: FlatTT; report: TruncationReport } {
  const orthogonal = rightOrthogonal(balance(tt), matmul);
  const plan = new TruncationPlan(rule, orthogonal.modes, norm(orthogonal.cores[0]!));
  const flat = truncate(orthogonal, plan, matmul);
  return { flat, report: plan.report(flat.exponent) };
}

/** The truncating sweep over right-orthogonal cores. */
function truncate(tt: FlatTT, plan: TruncationPlan, matmul: Matmul): FlatTT {
  const ranks = [...tt.ranks];
  const cores = [...tt.cores];
  for (let k = 0; k < cores.length - 1; k++) {
    const a = cores[k]!;
    const [m, n] = [ranks[k]! * tt.modes[k]!, ranks[k + 1]!];
    const choose = plan.chooser(k + 1);
    const { vectors, rank } = dominantBasis(
      { a, m, n, side: 'left', choose, expectedRank: n, matmul },
      { kind: 'svd' },
    );
    const remainder = new Float64Array(rank * n);
    matmul({ a: vectors, b: a, out: remainder, m: rank, n, k: m, transposeA: true });
    const next = cores[k + 1]!;
    const carried = new Float64Array((rank * next.length) / n);
    matmul({ a: remainder, b: next, out: carried, m: rank, n: next.length / n, k: n });
    cores[k] = vectors;
    cores[k + 1] = carried;
    ranks[k + 1] = rank;
  }
  return { ...tt, ranks, cores };
}
