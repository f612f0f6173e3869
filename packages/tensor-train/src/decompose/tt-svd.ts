import type { RandomStream } from '@ttrec/core';
import type { NdArray } from 'ndarray';
import { checkChoice, checkFactors, checkInteger, product } from '../check.ts';
import { error } from '../error.ts';
import { contiguous } from '../linear-algebra/contiguous.ts';
import type { Factorisation } from '../linear-algebra/dominant-basis.ts';
import { matmul as plainMatmul, type FloatArray, type Matmul } from '../linear-algebra/matmul.ts';
import { ttShape, type TTShape } from '../shapes/tt-shape.ts';
import { matrixOf, tensorOf, type Train } from '../trains/train.ts';
import type { TTMatrix } from '../trains/tt-matrix.ts';
import type { TTTensor } from '../trains/tt-tensor.ts';
import { rankRule, rankRuleOfModes } from './rank-rule.ts';
import { sweepLeftToRight, sweepRightToLeft } from './sweep.ts';
import { TruncationPlan, type RankRule, type Truncation, type TruncationReport } from './truncation.ts';
import { checkFinite, frobenius, inTTOrder } from './unfold.ts';

/** A train and how far it is from what it stands for. */
export interface Decomposition<T> extends TruncationReport {
  readonly tt: T;
}

export interface FactorisationOptions {
  /**
   * How singular vectors are found. `svd`: QR and SVD, exact to rounding. `gram`: eigenvectors of the Gram matrix, some
   * times faster; singular values below 1e-8 of the largest are lost, which is less than float32 data carry anyway.
   * `randomised`: a range finder, for large unfoldings and small ranks. By default `gram` for float32, `svd` for float64.
   */
  readonly method?: 'svd' | 'gram' | 'randomised';
  /** Where random directions come from (`randomised`, which needs it). The stream itself does not move. */
  readonly stream?: RandomStream;
  /** Random directions beyond the rank (`randomised`), 8 by default. */
  readonly oversampling?: number;
  /** Power iterations (`randomised`), 1 by default. */
  readonly powerIterations?: number;
  /** The matrix product to use, plain TypeScript by default. */
  readonly matmul?: Matmul;
  /** Which end to begin at, left by default. Both keep to the same bounds; their results differ unless exact. */
  readonly sweep?: 'left-to-right' | 'right-to-left';
}

export interface FactorOptions {
  /** d; taken from a shape that is given, else 3. */
  readonly cores?: number;
  /** p_k, [d]; by default `rowShape(N, d)`. */
  readonly rowShape?: readonly number[];
  /** q_k, [d]; by default `colShape(D, d)`. */
  readonly colShape?: readonly number[];
}

export type TTSvdOptions = Truncation & FactorOptions & FactorisationOptions;

/**
 * TT-SVD of a table [N][D]: the best that successive truncated SVDs of its unfoldings find, within sqrt(d - 1) of the
 * best there is. Rows from N up to the product of the row factors are zeros.
 *
 * With m_1 = p_1 q_1 the longer part of the work is the first unfolding: O(N D m_1).
 * Oseledets 2011, algorithm 1 and theorem 2.2.
 *
 * @throws `tensor-train/not-finite`, `bad-matrix`, `bad-truncation`, `bad-ranks`, `bad-factors`, `bad-cores`,
 *   `too-few-rows`, `wrong-columns`, `budget-too-small`, `bad-num-rows` and `bad-num-cols` (an empty table),
 *   `no-stream` (randomised without a stream), `bad-method`
 */
export function ttSvd(
  table: NdArray<FloatArray>,
  options: TTSvdOptions,
): Decomposition<TTMatrix<Float64Array>> {
  const factors = factorsFor(table.shape, options);
  const rule = rankRule(factors, options);
  const a = inTTOrder(table, factors);
  const modes = factors.rowShape.map((p, k) => p * factors.colShape[k]!);
  const { train, report } = decompose({ a, modes, rule, usual: usualFor(table) }, options);
  return { tt: matrixOf(train, factors.rowShape, factors.colShape), ...report };
}

/**
 * TT-SVD of a tensor [n_1] … [n_d], each of its modes a mode of the train. O(n_1 times the size of the tensor).
 * Oseledets 2011, algorithm 1 and theorem 2.2.
 *
 * @throws as `ttSvd` does
 */
export function ttSvdTensor(
  tensor: NdArray<FloatArray>,
  options: Truncation & FactorisationOptions,
): Decomposition<TTTensor<Float64Array>> {
  checkFactors('tensor', tensor.shape);
  const modes = [...tensor.shape];
  const rule = rankRuleOfModes(modes, options);
  const a = contiguous(tensor);
  checkFinite(a, (at) => `entry ${at} in row-major order`);
  const { train, report } = decompose({ a, modes, rule, usual: usualFor(tensor) }, options);
  return { tt: tensorOf(train), ...report };
}

/** Row and column factors for a table of this shape; the column factors are exact, the row factors may hold more. */
export function factorsFor(
  shape: readonly number[],
  options: FactorOptions,
): Pick<TTShape, 'rowShape' | 'colShape'> {
  if (shape.length !== 2) {
    throw error('bad-matrix', { subject: 'table', rule: 'must have the dimensions [N][D]', got: shape });
  }
  const given = (['cores', 'rowShape', 'colShape'] as const).filter((name) => options[name] !== undefined);
  const chosen = Object.fromEntries(given.map((name) => [name, options[name]]));
  const { rowShape, colShape } = ttShape({ numRows: shape[0]!, numCols: shape[1]!, ranks: 1, ...chosen });
  return { rowShape, colShape };
}

interface Problem {
  /** The entries in the order of the modes. */
  readonly a: FloatArray;
  readonly modes: readonly number[];
  readonly rule: RankRule;
  readonly usual: 'svd' | 'gram';
}

/** Gram matrices lose less than float32 data have lost already. */
function usualFor({ data }: NdArray<FloatArray>): 'svd' | 'gram' {
  return data instanceof Float32Array ? 'gram' : 'svd';
}

function decompose(
  { a, modes, rule, usual }: Problem,
  options: FactorisationOptions,
): { train: Train; report: TruncationReport } {
  const plan = new TruncationPlan(rule, modes, frobenius(a, product(modes)));
  const factorisation = factorisationFor(options, usual);
  const { matmul = plainMatmul, sweep = 'left-to-right' } = options;
  checkChoice('bad-method', 'sweep', sweep, ['left-to-right', 'right-to-left']);
  const run = sweep === 'right-to-left' ? sweepRightToLeft : sweepLeftToRight;
  const train = run({ a, modes, plan, factorisation, matmul });
  return { train, report: plan.report() };
}

/** The factorisation that options ask for. */
function factorisationFor(options: FactorisationOptions, usual: 'svd' | 'gram'): Factorisation {
  const kind = options.method ?? usual;
  checkChoice('bad-method', 'method', kind, ['svd', 'gram', 'randomised']);
  if (kind !== 'randomised') return { kind };
  const { stream, oversampling = 8, powerIterations = 1 } = options;
  if (stream === undefined) {
    throw error('no-stream', {
      subject: 'stream',
      rule: 'must be given with the randomised method',
      got: undefined,
    });
  }
  checkInteger('bad-method', 'oversampling', oversampling, 0);
  checkInteger('bad-method', 'powerIterations', powerIterations, 0);
  return { kind, stream, oversampling, powerIterations };
}
