import { fillNormal, type RandomStream } from '@ttrec/core';
import { error } from '../../error.ts';
import type { FloatArray } from '../../float-array.ts';
import { applyFrom } from '../../linear-algebra/basis.ts';
import { gramSingular } from '../../linear-algebra/svd/dense-svd.ts';
import { addGramOfColumns, addGramOfRows } from '../../linear-algebra/gram.ts';
import type { Matmul } from '../../linear-algebra/matmul.ts';
import { raise, timesPowerOfTwo } from '../../linear-algebra/powers-of-two.ts';
import { qr } from '../../linear-algebra/qr.ts';
import {
  type Block,
  type BlockedTable,
  blocksOfColumns,
  blocksOfRows,
  lastUnfolding,
  storageLike,
} from './row-blocks.ts';
import type { TruncationPlan } from '../truncation.ts';

/** The last unfolding X [M][n] of a streamed table, projected onto its dominant right singular vectors. */
export interface Projection {
  /** Orthonormal columns, [n][rank]. */
  readonly vectors: Float64Array;
  /** X times the vectors, [M][rank], in the precision of the rows. */
  readonly projected: FloatArray;
  readonly rank: number;
  /** `projected` is divided by 2^exponent; -Infinity for a table of zeros. */
  readonly exponent: number;
  readonly plan: TruncationPlan;
}

export interface StreamedTable {
  readonly table: BlockedTable;
  readonly matmul: Matmul;
  /** Makes the plan once the norm is known. */
  readonly planFor: (norm: number) => TruncationPlan;
}

export interface Sketch {
  readonly stream: RandomStream;
  readonly oversampling: number;
  readonly powerIterations: number;
}

/**
 * First pass: the Gram matrix of the shorter side of X, block by block. Second pass: the projection onto its leading
 * eigenvectors; if these are left singular vectors U, then U^T X, whose rows span the right ones.
 */
export function projectThroughGram({ table, matmul, planFor }: StreamedTable): Projection {
  const { m, n } = lastUnfolding(table);
  const side = Math.min(m, n);
  const { gram, total, exponent } = gramAsItIs(table, matmul) ?? gramOf(table, matmul);
  const plan = planFor(Math.sqrt(total));
  const { leading: leadingOf, values } = gramSingular(gram, side);
  const rank = plan.chooser(placeOf(table))(values, 0);
  const leading = leadingOf(rank);
  if (m >= n) {
    const projected = project(table, { vectors: leading, count: rank, exponent, matmul });
    return { vectors: leading, projected, rank, exponent, plan };
  }
  // (U^T X)^T = Q R, so that U U^T X = (U R^T) Q^T.
  const across = new Float64Array(n * rank);
  for (const block of blocksOfColumns(table, exponent))
    across.set(applyFrom('left', block, { x: leading, count: rank, matmul }), block.places[0]! * rank);
  const { q, r } = qr(across, n, rank);
  const projected = new Float64Array(m * rank);
  matmul({ a: leading, b: r, out: projected, m, n: rank, k: rank, transposeB: true });
  return { vectors: q, projected, rank, exponent, plan };
}

interface Gram {
  /** [s][s], divided by 2^(2 exponent). */
  readonly gram: Float64Array;
  /** The sum of its diagonal: of the squares of all entries. */
  readonly total: number;
  readonly exponent: number;
}

/** Between these sums of squares, no square that matters overflows or vanishes in float32. */
const [LEAST_TOTAL, MOST_TOTAL] = [2 ** -60, 2 ** 100];

/** The Gram matrix of a table whose entries need no scale, which saves a look at every one; undefined for other tables. */
function gramAsItIs(table: BlockedTable, matmul: Matmul): Gram | undefined {
  const found = gramOf(table, matmul, 0, (total) => total <= MOST_TOTAL);
  return found.total >= LEAST_TOTAL && found.total <= MOST_TOTAL ? found : undefined;
}

function gramOf(
  table: BlockedTable,
  matmul: Matmul,
  known = -Infinity,
  goesOn: (total: number) => boolean = () => true,
): Gram {
  const { m, n } = lastUnfolding(table);
  const side = Math.min(m, n);
  const [gram, product] = [new Float64Array(side * side), new Float64Array(side * side)];
  let [exponent, total] = [known, 0];
  for (const block of m < n ? blocksOfColumns(table, known) : blocksOfRows(table, known)) {
    if (block.exponent > exponent) raise(gram, 2 * exponent, 2 * block.exponent);
    exponent = block.exponent;
    if (m < n) addGramOfRows(block, gram, matmul, product);
    else addGramOfColumns(block, gram, matmul, product);
    total = 0;
    for (let i = 0; i < side; i++) total += gram[i * side + i]!;
    if (!goesOn(total)) break;
  }
  return { gram, total, exponent };
}

/**
 * First pass: X^T times a random matrix, whose columns nearly span the dominant right singular vectors. One more pass
 * for each power iteration. Last pass: the projection, from which the leading directions are taken.
 *
 * Halko, Martinsson and Tropp 2011, §5.5 (few passes over the data).
 */
export function projectThroughSketch({ table, matmul, planFor }: StreamedTable, sketch: Sketch): Projection {
  const { m, n } = lastUnfolding(table);
  const place = placeOf(table);
  // A plan knows the ranks it was given, whatever the norm.
  const directions = Math.min(n, m, planFor(1).expectedRank(place) + sketch.oversampling);
  const random = sketch.stream.child(`${directions} directions`);
  let total = 0;
  let exponent = -Infinity;
  let range = collect(table, { n, directions, exponent, matmul }, (block) => {
    if (exponent !== -Infinity) total = timesPowerOfTwo(total, 2 * (exponent - block.exponent));
    exponent = block.exponent;
    for (let i = 0; i < block.m * n; i++) total += block.a[i]! * block.a[i]!;
    const directionsOfBlock = new Float64Array(block.m * directions);
    fillNormal(directionsOfBlock, random);
    return directionsOfBlock;
  });
  for (let power = 0; power < sketch.powerIterations; power++) {
    const x = range;
    range = collect(table, { n, directions, exponent, matmul }, (block) =>
      applyFrom('right', block, { x, count: directions, matmul }),
    );
  }
  const plan = planFor(Math.sqrt(total));
  const projected = project(table, { vectors: range, count: directions, exponent, matmul });
  return trim({ range, projected, directions, total, exponent }, { plan, place, n, matmul });
}

interface CollectOptions {
  readonly n: number;
  readonly directions: number;
  /** That of the largest entry, if it is known. */
  readonly exponent: number;
  readonly matmul: Matmul;
}

/** An orthonormal basis, [n][directions], of the sum over the blocks of X_block^T times `factor(block)`. */
function collect(
  table: BlockedTable,
  { n, directions, exponent, matmul }: CollectOptions,
  factor: (block: Block) => FloatArray,
): Float64Array {
  const sum = new Float64Array(n * directions);
  let reached = exponent;
  for (const block of blocksOfRows(table, exponent)) {
    if (block.exponent > reached) raise(sum, reached, block.exponent);
    reached = block.exponent;
    const part = applyFrom('left', block, { x: factor(block), count: directions, matmul });
    for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
  }
  return qr(sum, n, directions).q;
}

interface Untrimmed {
  readonly range: Float64Array;
  readonly projected: FloatArray;
  readonly directions: number;
  readonly total: number;
  readonly exponent: number;
}

interface TrimOptions {
  readonly plan: TruncationPlan;
  readonly place: number;
  readonly n: number;
  readonly matmul: Matmul;
}

/** Rotates the basis so that the projection has orthogonal columns, and keeps the leading ones. */
function trim(
  { range, projected, directions, total, exponent }: Untrimmed,
  { plan, place, n, matmul }: TrimOptions,
): Projection {
  const m = projected.length / directions;
  const gram = new Float64Array(directions * directions);
  addGramOfColumns({ a: projected, m, n: directions }, gram, matmul);
  const { leading, values } = gramSingular(gram, directions);
  const known = values.reduce((sum, value) => sum + value * value, 0);
  const rank = plan.chooser(place)(values, directions === n ? 0 : Math.max(0, total - known));
  if (rank > directions) {
    throw error('sketch-too-small', {
      subject: 'sketch',
      rule: `must meet the requested error with its ${directions} directions`,
      hint: 'Ask for ranks, raise oversampling, or use the method gram.',
    });
  }
  const kept = leading(rank);
  const vectors = applyFrom('right', { a: range, m: n, n: directions }, { x: kept, count: rank, matmul });
  const turned = applyFrom('right', { a: projected, m, n: directions }, { x: kept, count: rank, matmul });
  return { vectors, projected: turned, rank, exponent, plan };
}

/**
 * One pass: X times an orthonormal basis, [M][count]. It is float32 for float32 rows, which are no more accurate and
 * then take half the memory.
 */
function project(table: BlockedTable, { vectors, count, exponent, matmul }: ProjectOptions): FloatArray {
  const length = lastUnfolding(table).m * count;
  let out: FloatArray | undefined;
  let rows: FloatArray = new Float32Array(0);
  for (const { a, m, n, places } of blocksOfRows(table, exponent)) {
    out ??= storageLike(a, length);
    if (rows.length < m * count) rows = storageLike(a, m * count);
    matmul({ a, b: vectors, out: rows, m, n: count, k: n });
    for (let i = 0; i < m; i++) {
      const to = places[i]! * count;
      for (let at = i * count; at < (i + 1) * count; at++) out[to + at - i * count] = rows[at]!;
    }
  }
  return out!;
}

interface ProjectOptions {
  /** [n][count] */
  readonly vectors: Float64Array;
  readonly count: number;
  readonly exponent: number;
  readonly matmul: Matmul;
}

/** The place of the rank between the last two cores. */
function placeOf({ factors }: BlockedTable): number {
  return factors.rowShape.length - 1;
}
