import { product } from '@ttrec/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkOptions, checkTT } from '../check.ts';
import { rightOrthogonal } from '../decompose/orthogonalise.ts';
import { TruncationPlan } from '../decompose/truncation.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import { dominantBasis } from '../linear-algebra/dominant-basis.ts';
import { type Matmul, matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { norm } from '../linear-algebra/powers-of-two.ts';
import { checkFactorPairs, type Factors } from '../shapes/tt-shape.ts';
import { balance } from '../tt/balance.ts';
import { flatten } from '../tt/flat-tt.ts';
import { ttMatrix, type TTMatrix } from '../tt/tt-matrix.ts';
import { matrixOf, unflatten } from '../tt/unflatten.ts';

/** [p][r][q][r'] in float64. */
type Core = NdArray<Float64Array>;

/**
 * The same table with other factors, in any number of cores. Cores are merged until the next pair of factors divides
 * them, then split by an SVD that drops only rounding. Factors that share few divisors with the old ones make large
 * merged cores, at worst the whole table.
 * A merged core of p x r x q x r' numbers, split in two as [m][n], takes O(m n min(m, n)).
 *
 * @param factors new p_k and q_k, of the same products as the old ones
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`, `tensor-train/bad-factors`, `tensor-train/bad-cores`
 */
export function reshapeFactors(
  tt: TTMatrix,
  factors: Factors,
  options: MatmulOption = {},
): TTMatrix<Float64Array> {
  checkTT('tt', tt, 'matrix');
  const { matmul = plainMatmul } = checkOptions('reshapeFactors', options, ['matmul']);
  checkFactorPairs(factors);
  const { rowShape, colShape } = factors;
  checkProduct('rowShape', rowShape, product(tt.shape.rowShape));
  checkProduct('colShape', colShape, product(tt.shape.colShape));
  // Cores behind the present one stay right-orthogonal and those before it left-orthogonal: an error in the present
  // core is the error of the table.
  const { exponent, ...flat } = rightOrthogonal(balance(flatten(tt)), matmul);
  const old = matrixOf({ ...flat, exponent: 0 }, tt.shape.rowShape, tt.shape.colShape);
  const [first, ...waiting] = old.cores;
  let present: Core = first!;
  const cores: Core[] = [];
  for (let k = 0; k < rowShape.length - 1; k++) {
    const [p, q] = [rowShape[k]!, colShape[k]!];
    while (present.shape[0]! % p !== 0 || present.shape[2]! % q !== 0)
      present = merge(present, waiting.shift()!, matmul);
    const { left, right } = split(present, p, q, matmul);
    cores.push(left);
    present = right;
  }
  for (const core of waiting) present = merge(present, core, matmul);
  const reshaped = ttMatrix([...cores, present]);
  return unflatten({ ...flatten(reshaped), exponent }, reshaped, cores.length);
}

/** Two neighbours as one core. */
function merge(a: Core, b: Core, matmul: Matmul): Core {
  const [p, left, q, inner] = a.shape as [number, number, number, number];
  const [p2, , q2, right] = b.shape as [number, number, number, number];
  const [m, n] = [p * left * q, p2 * q2 * right];
  const out = new Float64Array(m * n);
  matmul({ a: contiguous(a), b: contiguous(b.transpose(1, 0, 2, 3)), out, m, n, k: inner });
  const merged = ndarray(out, [p, left, q, p2, q2, right]).transpose(0, 3, 1, 2, 4, 5);
  return ndarray(contiguous(merged), [p * p2, left, q * q2, right]);
}

/** One core as two, the first with the factors p and q and left-orthogonal. */
function split(core: Core, p: number, q: number, matmul: Matmul): { left: Core; right: Core } {
  const [rows, leftRank, columns, rightRank] = core.shape as [number, number, number, number];
  const [p2, q2] = [rows / p, columns / q];
  const apart = ndarray(contiguous(core), [p, p2, leftRank, q, q2, rightRank]).transpose(2, 0, 3, 1, 4, 5);
  const a = contiguous(apart);
  const [m, n] = [leftRank * p * q, p2 * q2 * rightRank];
  const plan = new TruncationPlan({ relativeError: 0 }, [m, n], norm(a));
  const { vectors, rank } = dominantBasis(
    { a, m, n, side: 'left', choose: plan.chooser(1), expectedRank: Math.min(m, n), matmul },
    { kind: 'svd' },
  );
  const rest = new Float64Array(rank * n);
  matmul({ a: vectors, b: a, out: rest, m: rank, n, k: m, transposeA: true });
  return {
    left: ndarray(vectors, [leftRank, p, q, rank]).transpose(1, 0, 2, 3),
    right: ndarray(rest, [rank, p2, q2, rightRank]).transpose(1, 0, 2, 3),
  };
}

function checkProduct(subject: string, factors: readonly number[], expected: number): void {
  if (product(factors) === expected) return;
  throw error('different-factors', {
    subject,
    rule: `must multiply to the ${expected} of the table`,
    got: factors,
  });
}
