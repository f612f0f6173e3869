import type { RandomStream } from '@ttrec/core';
import type { NdArray } from 'ndarray';
import { checkArray, checkChoice, checkFactors, checkInteger, checkOptions } from '../../check.ts';
import { error } from '../../error.ts';
import type { FloatArray } from '../../float-array.ts';
import type { Factorisation } from '../../linear-algebra/dominant-basis.ts';
import { type Matmul, matmul as plainMatmul } from '../../linear-algebra/matmul.ts';
import { norm, type Scaled } from '../../linear-algebra/powers-of-two.ts';
import { type Factors, ttShape } from '../../shapes/tt-shape.ts';
import { combinedModes, type FlatTT } from '../../tt/flat-tt.ts';
import type { TTMatrix } from '../../tt/tt-matrix.ts';
import type { TTTensor } from '../../tt/tt-tensor.ts';
import { matrixOf, tensorOf } from '../../tt/unflatten.ts';
import { rankRule, rankRuleOfModes } from '../rank-rule.ts';
import { sweepLeftToRight, sweepRightToLeft } from './sweep.ts';
import {
  type RankRule,
  type Truncation,
  TruncationPlan,
  type TruncationReport,
  TRUNCATION_OPTIONS,
} from '../truncation.ts';
import { inTTOrder, scaledEntries } from '../unfold.ts';

/** A TT and its distance to the input. */
export interface Decomposition<T> extends TruncationReport {
  readonly tt: T;
}

export interface FactorisationOptions {
  /**
   * How singular vectors are found. `svd`: QR and SVD, exact to rounding. `gram`: eigenvectors of the Gram matrix,
   * several times faster; singular values below 1e-8 of the largest are lost, which float32 data do not have.
   * `randomised`: a range finder, for large unfoldings and small ranks. By default `gram` for float32 and `svd` for
   * float64.
   */
  readonly method?: 'svd' | 'gram' | 'randomised' | undefined;
  /** Draws random directions through child streams; required by `randomised`. */
  readonly stream?: RandomStream | undefined;
  /** Random directions beyond the rank (`randomised`), 8 by default. */
  readonly oversampling?: number | undefined;
  /** Power iterations (`randomised`), 1 by default. */
  readonly powerIterations?: number | undefined;
  /** The matrix product to use, plain TypeScript by default. */
  readonly matmul?: Matmul | undefined;
  /** The end to start from, left by default. Both have the same error bound; their results differ unless exact. */
  readonly sweep?: 'left-to-right' | 'right-to-left' | undefined;
}

export interface FactorOptions {
  /** d; by default that of a given shape, else 3. */
  readonly cores?: number | undefined;
  /** p_k, [d]; by default `rowShape(N, d)`. */
  readonly rowShape?: readonly number[] | undefined;
  /** q_k, [d]; by default `colShape(D, d)`. */
  readonly colShape?: readonly number[] | undefined;
}

/** The names of `FactorisationOptions` and of `FactorOptions`. */
export const FACTORISATION_OPTIONS = [
  'method',
  'stream',
  'oversampling',
  'powerIterations',
  'matmul',
  'sweep',
] as const;
export const FACTOR_OPTIONS = ['cores', 'rowShape', 'colShape'] as const;

export type TTSvdOptions = Truncation & FactorOptions & FactorisationOptions;

/**
 * TT-SVD of a table [N][D] by successive truncated SVDs of its unfoldings. The error is at most sqrt(d - 1) times that
 * of the best TT of these ranks. Rows from N up to the product of the row factors are zeros.
 *
 * Most of the work is the first unfolding: O(N D p_1 q_1).
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
  checkArray('table', table, '[N][D]');
  checkOptions('ttSvd', options, [...TRUNCATION_OPTIONS, ...FACTOR_OPTIONS, ...FACTORISATION_OPTIONS]);
  const factors = factorsFor(table.shape, options);
  const rule = rankRule(factors, options);
  const problem = {
    a: inTTOrder(table, factors),
    modes: combinedModes(factors),
    rule,
    usual: usualFor(table),
  };
  const { flat, normAt, report } = decompose(problem, options);
  return { tt: matrixOf(flat, factors.rowShape, factors.colShape, normAt), ...report };
}

/**
 * TT-SVD of a tensor [n_1] … [n_d]. O(n_1 times the size of the tensor).
 * Oseledets 2011, algorithm 1 and theorem 2.2.
 *
 * @throws the same errors as `ttSvd`
 */
export function ttSvdTensor(
  tensor: NdArray<FloatArray>,
  options: Truncation & FactorisationOptions,
): Decomposition<TTTensor<Float64Array>> {
  checkArray('tensor', tensor);
  checkOptions('ttSvdTensor', options, [...TRUNCATION_OPTIONS, ...FACTORISATION_OPTIONS]);
  checkFactors('tensor', tensor.shape);
  const modes = [...tensor.shape];
  const rule = rankRuleOfModes(modes, options);
  const a = scaledEntries(tensor, (at) => `entry ${at} in row-major order`);
  const { flat, normAt, report } = decompose({ a, modes, rule, usual: usualFor(tensor) }, options);
  return { tt: tensorOf(flat, normAt), ...report };
}

/** Row and column factors for a table of this shape. */
export function factorsFor(shape: readonly number[], options: FactorOptions): Factors {
  const { cores, rowShape, colShape } = options;
  const all = ttShape({ numRows: shape[0]!, numCols: shape[1]!, ranks: 1, cores, rowShape, colShape });
  return { rowShape: all.rowShape, colShape: all.colShape };
}

interface Problem {
  /** The entries in the order of the modes. */
  readonly a: Scaled<FloatArray>;
  readonly modes: readonly number[];
  readonly rule: RankRule;
  readonly usual: 'svd' | 'gram';
}

/** A Gram matrix loses less than float32 data lack already. */
function usualFor({ data }: NdArray<FloatArray>): 'svd' | 'gram' {
  return data instanceof Float32Array ? 'gram' : 'svd';
}

function decompose(
  { a, modes, rule, usual }: Problem,
  options: FactorisationOptions,
): { flat: FlatTT; normAt: number; report: TruncationReport } {
  const { values, exponent } = a;
  const plan = new TruncationPlan(rule, modes, norm(values));
  const factorisation = factorisationFor(options, usual);
  const { matmul = plainMatmul, sweep = 'left-to-right' } = options;
  checkChoice('bad-method', 'sweep', sweep, ['left-to-right', 'right-to-left']);
  const fromRight = sweep === 'right-to-left';
  const run = fromRight ? sweepRightToLeft : sweepLeftToRight;
  const flat = run({ a: values, exponent, modes, plan, factorisation, matmul });
  return { flat, normAt: fromRight ? 0 : modes.length - 1, report: plan.report(exponent) };
}

/** The factorisation that the options describe. */
function factorisationFor(options: FactorisationOptions, usual: 'svd' | 'gram'): Factorisation {
  const kind = options.method ?? usual;
  checkChoice('bad-method', 'method', kind, ['svd', 'gram', 'randomised']);
  if (kind !== 'randomised') return { kind };
  const { stream, oversampling = 8, powerIterations = 1 } = options;
  if (stream === undefined) {
    throw error('no-stream', {
      subject: 'stream',
      rule: 'must be given for the method randomised',
      got: undefined,
    });
  }
  checkInteger('bad-method', 'oversampling', oversampling, 0);
  checkInteger('bad-method', 'powerIterations', powerIterations, 0);
  return { kind, stream, oversampling, powerIterations };
}
