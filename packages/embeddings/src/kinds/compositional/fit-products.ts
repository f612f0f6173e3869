import { fillNormal, RandomStream } from '@ttrec/core';
import { denseRows, rowBlocks, type RowSource } from '../../rows/row-source.ts';

/** One of the factors of a row: row `place(id)` of a table of `rows` rows. */
export interface ProductPart {
  readonly rows: number;
  readonly place: (id: number) => number;
}

/** Each of them solves every part once. A rank-one matrix is found in one or two. */
const SWEEPS = 10;

/**
 * Tables whose rows, multiplied element by element, come near the rows of a source: alternating least squares, in which
 * an entry of one part is the weighted mean of what the others leave to it. The problem is not convex; it starts from
 * random factors near 1. k·sweeps passes over the source; O(N·D·k) each.
 *
 * @returns the rows of each part, weighted by what counts of its rows
 */
export async function fitProducts(source: RowSource, parts: readonly ProductPart[]): Promise<RowSource[]> {
  const { embeddingDim: dim } = source;
  const counts = parts.map((part) => weightsOf(source, part));
  const factors = parts.map(({ rows }, t) => {
    const values = new Float64Array(rows * dim);
    fillNormal(values, new RandomStream(t, 'fit-products'));
    return values.map((value) => 1 + value / 4);
  });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let t = 0; t < parts.length; t++) await solvePart(source, parts, factors, t);
    balance(factors, dim);
  }
  return factors.map((values, t) => denseRows(Float32Array.from(values), dim, counts[t]));
}

/** The best part t for the others as they are. Entries that nothing tells become 0. */
async function solvePart(
  source: RowSource,
  parts: readonly ProductPart[],
  factors: readonly Float64Array[],
  t: number,
): Promise<void> {
  const { embeddingDim: dim } = source;
  const solved = factors[t]!;
  const squares = new Float64Array(solved.length);
  const sums = new Float64Array(solved.length);
  for await (const { start, rows, values } of rowBlocks(source)) {
    for (let i = 0; i < rows; i++) {
      const weight = source.weights?.[start + i] ?? 1;
      const places = parts.map((part) => part.place(start + i) * dim);
      for (let j = 0; j < dim; j++) {
        let others = 1;
        for (let s = 0; s < parts.length; s++) if (s !== t) others *= factors[s]![places[s]! + j]!;
        sums[places[t]! + j]! += weight * others * values[i * dim + j]!;
        squares[places[t]! + j]! += weight * others * others;
      }
    }
  }
  for (let at = 0; at < solved.length; at++) solved[at] = squares[at] === 0 ? 0 : sums[at]! / squares[at]!;
}

/** Gives the columns of all parts one root mean square, column by column: the products stay, and none overflows. */
function balance(factors: readonly Float64Array[], dim: number): void {
  for (let j = 0; j < dim; j++) {
    const sizes = factors.map((values) => {
      let sum = 0;
      for (let at = j; at < values.length; at += dim) sum += values[at]! * values[at]!;
      return Math.sqrt(sum / (values.length / dim));
    });
    if (sizes.some((size) => size === 0)) continue;
    const mean = sizes.reduce((product, size) => product * size ** (1 / sizes.length), 1);
    factors.forEach((values, t) => {
      for (let at = j; at < values.length; at += dim) values[at]! *= mean / sizes[t]!;
    });
  }
}

function weightsOf({ numEmbeddings, weights }: RowSource, { rows, place }: ProductPart): Float64Array {
  const counts = new Float64Array(rows);
  for (let id = 0; id < numEmbeddings; id++) counts[place(id)]! += weights?.[id] ?? 1;
  return counts;
}
