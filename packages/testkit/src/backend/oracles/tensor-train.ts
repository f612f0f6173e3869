import type { TTLayout } from '@ttrec/backend/kernels';
import { at, matrixOf, zeros, type Matrix } from '../matrix.ts';
import { naiveDigits } from '../naive-trie.ts';

/** A TT-matrix as the definition has it: core k is [p_k, r_k·q_k·r_{k+1}]. */
export interface TTCase extends TTLayout {
  readonly rowShape: readonly number[];
  readonly cores: readonly Matrix[];
}

/** Entry `core[digit][a, c, b]`. */
function entry(tt: TTCase, k: number, digit: number, [a, c, b]: readonly [number, number, number]): number {
  return at(tt.cores[k]!, digit, entryColumn(tt, k, [a, c, b]));
}

function entryColumn(tt: TTLayout, k: number, [a, c, b]: readonly [number, number, number]): number {
  return (a * tt.colShape[k]! + c) * tt.ranks[k + 1]! + b;
}

/** `G_from[i_from, :, j_from, :] ⋯ G_{to-1}[…]`: the [r_from, r_to] product of core slices at row digits i and column digits j. */
function chain(tt: TTCase, [from, to]: readonly [number, number], i: number[], j: number[]): Matrix {
  let product = matrixOf(tt.ranks[from]!, tt.ranks[from]!, (a, b) => (a === b ? 1 : 0));
  for (let k = from; k < to; k++) {
    const left = product;
    product = matrixOf(left.rows, tt.ranks[k + 1]!, (a, b) => {
      let sum = 0;
      for (let r = 0; r < left.cols; r++) sum += at(left, a, r) * entry(tt, k, i[k]!, [r, j[k]!, b]);
      return sum;
    });
  }
  return product;
}

/** All column digits of the first `length` factors, in row-major order. */
function columnDigits(tt: TTLayout, length: number): number[][] {
  const shape = tt.colShape.slice(0, length);
  const count = shape.reduce((product, q) => product * q, 1);
  return Array.from({ length: count }, (_, index) => naiveDigits(index, shape));
}

/** The value of the prefix that the first k + 1 digits `i` are: [1, Q_k·r_{k+1}]. */
export function prefixValueOracle(tt: TTCase, i: number[], k: number): Matrix {
  const values = columnDigits(tt, k + 1).flatMap((j) => [...chain(tt, [0, k + 1], i, j).data]);
  return { rows: 1, cols: values.length, data: Float64Array.from(values) };
}

/**
 * dL/d(value of prefix `i` of level k), from dL/drow of the rows below that prefix:
 * every row entry is linear in the value, with the rest of its chain as coefficients.
 */
export function prefixGradientOracle(
  tt: TTCase,
  i: readonly number[],
  rows: readonly { digits: number[]; gradient: readonly number[] }[],
): Matrix {
  const depth = i.length;
  const rank = tt.ranks[depth]!;
  const inner = columnDigits(tt, tt.colShape.length).length / columnDigits(tt, depth).length;
  const out = zeros(1, columnDigits(tt, depth).length * rank);
  for (const { digits, gradient } of rows) {
    if (i.some((digit, k) => digit !== digits[k])) continue;
    columnDigits(tt, tt.colShape.length).forEach((j, column) => {
      const rest = chain(tt, [depth, tt.colShape.length], digits, j);
      const q = Math.floor(column / inner);
      for (let b = 0; b < rank; b++) out.data[q * rank + b]! += gradient[column]! * at(rest, b, 0);
    });
  }
  return out;
}

/** dL/d(core k) [p_k, r_k·q_k·r_{k+1}]: each row entry is linear in each slice entry, with what stands left and right of it. */
export function coreGradientOracle(
  tt: TTCase,
  k: number,
  rows: readonly { digits: number[]; gradient: readonly number[] }[],
): Matrix {
  const out = zeros(tt.rowShape[k]!, tt.cores[k]!.cols);
  for (const { digits, gradient } of rows) {
    columnDigits(tt, tt.colShape.length).forEach((j, column) => {
      const left = chain(tt, [0, k], digits, j);
      const right = chain(tt, [k + 1, tt.colShape.length], digits, j);
      for (let a = 0; a < left.cols; a++) {
        for (let b = 0; b < right.rows; b++) {
          const to = digits[k]! * out.cols + entryColumn(tt, k, [a, j[k]!, b]);
          out.data[to]! += gradient[column]! * at(left, 0, a) * at(right, b, 0);
        }
      }
    });
  }
  return out;
}
