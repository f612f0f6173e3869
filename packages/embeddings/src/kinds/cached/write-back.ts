import type { TTShape } from '@ttrec/tensor-train';
import { rowDigits } from '@ttrec/tensor-train/shapes';
import { error } from '../../error.ts';
import { indexOfNonFinite } from '../../rows/finite.ts';
import {
  addScaled,
  addToDiagonal,
  identity,
  multiply,
  multiplyTransposed,
  solvePositiveDefinite,
  trace,
  zeros,
  type SmallMatrix,
} from './small-matrix.ts';

/** Rows whose learned values the cores are to take over. */
export interface LearnedRows {
  /** [E], distinct. */
  readonly ids: Uint32Array;
  /** [E, D] */
  readonly values: Float32Array;
  /** [E]: how often each is looked up. */
  readonly counts: ArrayLike<number>;
}

/** How often the rows that the cores compute are looked up, by the digits of their ids: one array [p_k] a core. */
export type DigitCounts = readonly Float64Array[];

/** The change of some slices of a core. */
export interface CoreChange {
  readonly core: number;
  /** [S], ascending. */
  readonly digits: Uint32Array;
  /** [S, r_k·q_k·r_{k+1}] */
  readonly change: Float32Array;
}

export interface WriteBackArgs {
  readonly shape: TTShape;
  /** Core k [p_k, r_k·q_k·r_{k+1}]; left as they are. */
  readonly cores: readonly Float32Array[];
  readonly learned: LearnedRows;
  readonly digitCounts: DigitCounts;
}

/** Of the mean diagonal of a normal matrix: a direction that no row uses does not move. */
const RIDGE = 1e-6;
/** Of all lookups: rows without a lookup so far count as if they had so many, spread evenly. */
const UNSEEN_SHARE = 1e-3;

/**
 * What to add to the slices of the last core so that the learned rows come out of the TT as nearly as they can, while the
 * rows that share those slices stay where they are: for each slice X, with A_i the product of row i's other slices, the
 * least squares problem
 *
 *     min  Σ_i c_i ‖A_i (X + Δ) - learned_i‖²  +  Σ_j f_j ‖A_j Δ‖²
 *
 * where i runs over the learned rows, c_i counts their lookups, j runs over all other rows of the slice, and f_j is their
 * share of lookups, taken as the product of the shares of their digits. The second sum then needs no row at all: it is
 * tr(Δᵀ S Δ) with a Gram matrix S that one pass over the cores gives. Δ = 0 is among the choices, so that the expected
 * squared error of a lookup is never above what it would be without.
 *
 * O(Σ_k p_k·r³) for S, O(r³) a touched slice, O(Q·r²) a learned row.
 *
 * @throws `embeddings/not-finite`
 */
export function writeBack({ shape, cores, learned, digitCounts }: WriteBackArgs): CoreChange {
  requireFinite(cores, learned);
  const last = shape.rowShape.length - 1;
  const [rank, cols] = [shape.ranks[last]!, shape.colShape[last]!];
  const lookups = digitCounts[0]!.reduce((sum, count) => sum + count, 0);
  const shares = digitCounts.map((counts) => sharesOf(counts, lookups));
  const gram = prefixGram(shape, cores, shares);
  const byDigit = groupByLastDigit(learned.ids, shape.rowShape[last]!);
  const digits = Uint32Array.from(byDigit.keys()).sort();
  const change = new Float32Array(digits.length * rank * cols);
  digits.forEach((digit, s) => {
    const start = digit * rank * cols;
    const slice = matrixOf(cores[last]!.subarray(start, start + rank * cols), rank, cols);
    const normal = zeros(rank, rank);
    addScaled(normal, lookups * shares[last]![digit]!, gram);
    const right = zeros(rank, cols);
    for (const row of byDigit.get(digit)!) {
      const prefix = prefixOf(shape, cores, learned.ids[row]!);
      const width = prefix.rows * cols;
      const missing = matrixOf(learned.values.subarray(row * width, (row + 1) * width), prefix.rows, cols);
      addScaled(missing, -1, multiply(prefix, slice));
      const count = learned.counts[row]!;
      // A learned row is none of those that stay, among which S counts it.
      const counted = lookups * shareOf(learned.ids[row]!, shape, shares);
      addScaled(normal, count - counted, multiplyTransposed(prefix, prefix));
      addScaled(right, count, multiplyTransposed(prefix, missing));
    }
    change.set(solve(normal, right).values, s * rank * cols);
  });
  return { core: last, digits, change };
}

function requireFinite(cores: readonly Float32Array[], learned: LearnedRows): void {
  for (const [subject, values] of [
    ...cores.map((core, k) => [`core${k} of a "cached" table`, core] as const),
    ['cached rows', learned.values] as const,
  ]) {
    const place = indexOfNonFinite(values);
    if (place < 0) continue;
    throw error('not-finite', {
      subject: `${subject}, number ${place}`,
      rule: 'must be finite to be written back',
      got: values[place],
      hint: 'The weights have diverged: lower the learning rate, and go on from an earlier checkpoint.',
    });
  }
}

/** Shares of lookups by digit, every digit with a little of its own. */
function sharesOf(counts: Float64Array, lookups: number): Float64Array {
  const even = 1 / counts.length;
  return counts.map((count) =>
    lookups === 0 ? even : (1 - UNSEEN_SHARE) * (count / lookups) + UNSEEN_SHARE * even,
  );
}

function shareOf(id: number, { rowShape }: TTShape, shares: DigitCounts): number {
  return rowDigits(id, rowShape).reduce((product, digit, k) => product * shares[k]![digit]!, 1);
}

/** Σ over the digits of all cores but the last, weighted by their shares, of AᵀA with A [Q, r] their product: [r, r]. */
function prefixGram(shape: TTShape, cores: readonly Float32Array[], shares: DigitCounts): SmallMatrix {
  let gram = identity(1);
  for (let k = 0; k + 1 < cores.length; k++) {
    const next = zeros(shape.ranks[k + 1]!, shape.ranks[k + 1]!);
    for (let digit = 0; digit < shape.rowShape[k]!; digit++) {
      for (const part of columnsOf(shape, cores, k, digit)) {
        addScaled(next, shares[k]![digit]!, multiplyTransposed(part, multiply(gram, part)));
      }
    }
    gram = next;
  }
  return gram;
}

/** The slice of a core, one matrix [r_k, r_{k+1}] for each of its q_k columns. */
function columnsOf(shape: TTShape, cores: readonly Float32Array[], k: number, digit: number): SmallMatrix[] {
  const [left, cols, right] = [shape.ranks[k]!, shape.colShape[k]!, shape.ranks[k + 1]!];
  const slice = cores[k]!.subarray(digit * left * cols * right, (digit + 1) * left * cols * right);
  return Array.from({ length: cols }, (_, j) => {
    const part = zeros(left, right);
    for (let a = 0; a < left; a++) {
      const start = (a * cols + j) * right;
      part.values.set(slice.subarray(start, start + right), a * right);
    }
    return part;
  });
}

/** The product of an id's slices of all cores but the last: [Q, r]. */
function prefixOf(shape: TTShape, cores: readonly Float32Array[], id: number): SmallMatrix {
  const digits = rowDigits(id, shape.rowShape);
  let rows = [identity(1)];
  for (let k = 0; k + 1 < cores.length; k++) {
    const parts = columnsOf(shape, cores, k, digits[k]!);
    rows = rows.flatMap((row) => parts.map((part) => multiply(row, part)));
  }
  const prefix = zeros(rows.length, rows[0]!.cols);
  rows.forEach(({ values }, row) => prefix.values.set(values, row * prefix.cols));
  return prefix;
}

function groupByLastDigit(ids: Uint32Array, factor: number): Map<number, number[]> {
  const byDigit = new Map<number, number[]>();
  ids.forEach((id, row) => {
    const rows = byDigit.get(id % factor);
    if (rows) rows.push(row);
    else byDigit.set(id % factor, [row]);
  });
  return byDigit;
}

/** The change of least squares. */
function solve(normal: SmallMatrix, right: SmallMatrix): SmallMatrix {
  const ridge = (RIDGE * trace(normal)) / normal.rows;
  // Cores of zeros leave nothing to solve, and nothing that a change could reach.
  if (ridge === 0) return zeros(right.rows, right.cols);
  addToDiagonal(normal, ridge);
  return solvePositiveDefinite(normal, right);
}

function matrixOf(values: Float32Array, rows: number, cols: number): SmallMatrix {
  return { rows, cols, values: Float64Array.from(values) };
}
