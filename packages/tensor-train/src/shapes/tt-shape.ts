import { product } from '@ttrec/core';
import {
  checkFactors,
  checkInteger,
  checkOptions,
  checkPositive,
  checkRecord,
  isList,
  MAX_ROWS,
} from '../check.ts';
import { error } from '../error.ts';
import { colShape as suggestColShape, rowShape as suggestRowShape } from './factor-shapes.ts';

/** The shape of a TT-matrix with d cores; core k is `[p_k][r_k][q_k][r_{k+1}]`. */
export interface TTShape {
  /** p_k, [d]. */
  readonly rowShape: readonly number[];
  /** q_k, [d]. */
  readonly colShape: readonly number[];
  /** r_k, [d + 1], both ends 1. */
  readonly ranks: readonly number[];
}

/** Row and column factors, without ranks. */
export type Factors = Pick<TTShape, 'rowShape' | 'colShape'>;

export interface TTShapeOptions {
  /** N. The row factors may hold more rows, which are padding. */
  readonly numRows: number;
  /** D, the product of the column factors. */
  readonly numCols: number;
  /** d; by default that of a given shape, else 3. */
  readonly cores?: number | undefined;
  /** One number for all inner ranks, the inner ranks [d - 1], or all ranks [d + 1]. They are not clipped. */
  readonly ranks: number | readonly number[];
  /** p_k, [d]; by default `rowShape(numRows, cores)`. */
  readonly rowShape?: readonly number[] | undefined;
  /** q_k, [d]; by default `colShape(numCols, cores)`. */
  readonly colShape?: readonly number[] | undefined;
}

const SHAPE_OPTIONS = ['numRows', 'numCols', 'cores', 'ranks', 'rowShape', 'colShape'] as const;

/**
 * Completes and checks the shape of a TT-matrix. O(d), plus the time of `rowShape` and `colShape` for missing factors.
 *
 * @throws `tensor-train/bad-num-rows`, `bad-num-cols`, `bad-cores`, `bad-factors`, `bad-ranks`,
 *   `too-few-rows` (row factors hold fewer than N rows), `wrong-columns` (column factors do not multiply to D)
 */
export function ttShape(options: TTShapeOptions): TTShape {
  const { numRows, numCols } = checkOptions('ttShape', options, SHAPE_OPTIONS);
  checkInteger('bad-num-rows', 'numRows', numRows, 1, MAX_ROWS);
  checkInteger('bad-num-cols', 'numCols', numCols, 1, MAX_ROWS);
  const cores = options.cores ?? options.rowShape?.length ?? options.colShape?.length ?? 3;
  checkInteger('bad-cores', 'cores', cores);
  if (options.rowShape !== undefined) checkFactors('rowShape', options.rowShape);
  if (options.colShape !== undefined) checkFactors('colShape', options.colShape);
  const rowShape = [...(options.rowShape ?? suggestRowShape(numRows, cores))];
  const colShape = [...(options.colShape ?? suggestColShape(numCols, cores))];
  const shape = { rowShape, colShape, ranks: expandRanks(options.ranks, cores) };
  checkShape(shape);
  if (rowShape.length !== cores) {
    throw error('bad-cores', {
      subject: 'rowShape',
      rule: `must have a factor for each of the ${cores} cores`,
      got: rowShape,
    });
  }
  if (product(rowShape) < numRows) {
    throw error('too-few-rows', {
      subject: 'rowShape',
      rule: `must multiply to at least the ${numRows} rows`,
      got: rowShape,
    });
  }
  if (product(colShape) !== numCols) {
    throw error('wrong-columns', {
      subject: 'colShape',
      rule: `must multiply to exactly the ${numCols} columns`,
      got: colShape,
    });
  }
  return shape;
}

/** Writes ranks out in full, [d + 1]. */
export function expandRanks(ranks: number | readonly number[], cores: number): number[] {
  if (typeof ranks === 'number') return [1, ...new Array<number>(cores - 1).fill(ranks), 1];
  if (isList(ranks) && ranks.length === cores - 1) return [1, ...ranks, 1];
  if (isList(ranks) && ranks.length === cores + 1) return [...ranks];
  throw error('bad-ranks', {
    subject: 'ranks',
    rule: `must be one number, the ${cores - 1} inner ranks, or all ${cores + 1} of them, for ${cores} cores`,
    got: ranks,
  });
}

/**
 * Checks that factors and ranks are positive integers, that there are as many as cores, and that both end ranks are 1.
 *
 * @throws `tensor-train/bad-factors`, `tensor-train/bad-cores`, `tensor-train/bad-ranks`
 */
export function checkShape(shape: TTShape): void {
  checkFactorPairs(shape);
  const { rowShape, ranks } = shape;
  if (!isList(ranks) || ranks.length !== rowShape.length + 1) {
    throw error('bad-ranks', {
      subject: 'ranks',
      rule: `must have one more entry than the ${rowShape.length} cores`,
      got: ranks,
    });
  }
  checkPositive('bad-ranks', 'ranks', ranks);
  if (ranks[0] !== 1 || ranks.at(-1) !== 1) {
    throw error('bad-ranks', { subject: 'ranks', rule: 'must be 1 at both ends', got: ranks });
  }
}

/**
 * Checks that there are as many row factors as column factors, all positive integers.
 *
 * @throws `tensor-train/bad-factors`, `tensor-train/bad-cores`
 */
export function checkFactorPairs(factors: Factors): void {
  const { rowShape, colShape } = checkRecord('bad-factors', 'factors', factors);
  checkFactors('rowShape', rowShape);
  checkFactors('colShape', colShape);
  if (rowShape.length === colShape.length) return;
  throw error('bad-cores', {
    subject: 'rowShape and colShape',
    rule: 'must have the same number of factors, one per core',
    got: `${rowShape.length} and ${colShape.length}`,
  });
}

/** The number of elements of each core, p_k r_k q_k r_{k+1}, [d]. O(d). */
export function coreLengths(shape: TTShape): number[] {
  checkShape(shape);
  const { rowShape, colShape, ranks } = shape;
  return rowShape.map((p, k) => p * ranks[k]! * colShape[k]! * ranks[k + 1]!);
}

/** The number of elements of all cores, the sum over k of p_k r_k q_k r_{k+1}. O(d). */
export function parameterCount(shape: TTShape): number {
  return coreLengths(shape).reduce((sum, length) => sum + length, 0);
}
