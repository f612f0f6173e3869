import { dominantBasis } from '../linear-algebra/dominant-basis.ts';
import { matmul as plainMatmul, type Matmul } from '../linear-algebra/matmul.ts';
import {
  isMatrix,
  trainLike,
  trainOf,
  type InFloat64,
  type TensorTrain,
  type Train,
} from '../trains/train.ts';
import { rightOrthogonal } from './orthogonalise.ts';
import { rankRule, rankRuleOfModes } from './rank-rule.ts';
import type { Decomposition } from './tt-svd.ts';
import { TruncationPlan, type Truncation } from './truncation.ts';
import { frobenius } from './unfold.ts';

/**
 * Rounding: the ranks of a train brought down, to given ranks or to an error, without reconstruction. A QR sweep from
 * the right makes every truncated SVD of the sweep from the left one of the whole tensor. O(d n r^3).
 *
 * Oseledets 2011, algorithm 2.
 *
 * @throws `tensor-train/bad-truncation`, `bad-ranks`, `bad-budget`, `budget-too-small`
 */
export function round<T extends TensorTrain>(
  tt: T,
  options: Truncation & { readonly matmul?: Matmul },
): Decomposition<InFloat64<T>> {
  const rule = isMatrix(tt) ? rankRule(tt.shape, options) : rankRuleOfModes(tt.modes, options);
  const matmul = options.matmul ?? plainMatmul;
  const orthogonal = rightOrthogonal(trainOf(tt), matmul);
  const first = orthogonal.cores[0]!;
  const plan = new TruncationPlan(rule, orthogonal.modes, frobenius(first, first.length));
  const rounded = truncate(orthogonal, plan, matmul);
  return { tt: trainLike(rounded, tt), ...plan.report() };
}

/** The truncating sweep over right-orthogonal cores. */
function truncate(train: Train, plan: TruncationPlan, matmul: Matmul): Train {
  const ranks = [...train.ranks];
  const cores = [...train.cores];
  for (let k = 0; k < cores.length - 1; k++) {
    const a = cores[k]!;
    const [m, n] = [ranks[k]! * train.modes[k]!, ranks[k + 1]!];
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
  return { modes: train.modes, ranks, cores };
}
