import { fillNormal, type RandomStream } from '@ttrec/core';
import { error } from '../error.ts';
import { gramSingular, leadingColumns } from '../linear-algebra/dense-svd.ts';
import { applyFrom } from '../linear-algebra/dominant-basis.ts';
import { addGramOfColumns } from '../linear-algebra/gram.ts';
import type { FloatArray, Matmul } from '../linear-algebra/matmul.ts';
import { qr } from '../linear-algebra/qr.ts';
import { product } from '../check.ts';
import { storageLike, unfoldedBlocks, type BlockedTable, type UnfoldedBlock } from './row-blocks.ts';
import type { TruncationPlan } from './truncation.ts';

/** The last unfolding X [M][n] of a streamed table, projected on its dominant right singular vectors. */
export interface Projection {
  /** Orthonormal columns, [n][rank]. */
  readonly vectors: Float64Array;
  /** X times the vectors, [M][rank], in the precision of the rows. */
  readonly projected: FloatArray;
  readonly rank: number;
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

/** First pass: X^T X, block by block. Second pass: the projection on its leading eigenvectors. */
export function projectThroughGram({ table, matmul, planFor }: StreamedTable): Projection {
  const { n, place } = lastUnfolding(table);
  const gram = new Float64Array(n * n);
  for (const block of unfoldedBlocks(table)) addGramOfColumns(block, gram, matmul);
  let total = 0;
  for (let i = 0; i < n; i++) total += gram[i * n + i]!;
  const plan = planFor(Math.sqrt(total));
  const { vectors: all, values } = gramSingular(gram, n);
  const rank = plan.chooser(place)(values, 0);
  const vectors = leadingColumns(all, n, rank);
  return { vectors, projected: project(table, vectors, rank, matmul), rank, plan };
}

/**
 * First pass: X^T times random numbers, whose columns nearly span the dominant right singular vectors; a pass more for
 * each power iteration, X^T X times what is there. Last pass: the projection, out of which the leading ones are taken.
 *
 * Halko, Martinsson and Tropp 2011, §5.5 (few passes over the data).
 */
export function projectThroughSketch({ table, matmul, planFor }: StreamedTable, sketch: Sketch): Projection {
  const { n, outer, place } = lastUnfolding(table);
  // An upper bound of the rank costs nothing to ask: a plan of any norm knows the ranks it was given.
  const directions = Math.min(n, outer, planFor(1).expectedRank(place) + sketch.oversampling);
  const random = sketch.stream.child(`${directions} directions`);
  let total = 0;
  let range = collect(table, { n, directions, matmul }, (block) => {
    for (let i = 0; i < block.m * n; i++) total += block.a[i]! * block.a[i]!;
    const directionsOfBlock = new Float64Array(block.m * directions);
    fillNormal(directionsOfBlock, random);
    return directionsOfBlock;
  });
  for (let power = 0; power < sketch.powerIterations; power++) {
    const x = range;
    range = collect(table, { n, directions, matmul }, (block) =>
      applyFrom('right', block, { x, count: directions, matmul }),
    );
  }
  const plan = planFor(Math.sqrt(total));
  return trim(
    { range, projected: project(table, range, directions, matmul), directions, total },
    { plan, place, n, matmul },
  );
}

/** An orthonormal basis, [n][directions], of the sum over the blocks of X_block^T times what `factor` says. */
function collect(
  table: BlockedTable,
  { n, directions, matmul }: { readonly n: number; readonly directions: number; readonly matmul: Matmul },
  factor: (block: UnfoldedBlock) => FloatArray,
): Float64Array {
  const sum = new Float64Array(n * directions);
  for (const block of unfoldedBlocks(table)) {
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
}

interface TrimOptions {
  readonly plan: TruncationPlan;
  readonly place: number;
  readonly n: number;
  readonly matmul: Matmul;
}

/** Turns the basis so that the projection has orthogonal columns, and keeps the leading ones. */
function trim(
  { range, projected, directions, total }: Untrimmed,
  { plan, place, n, matmul }: TrimOptions,
): Projection {
  const m = projected.length / directions;
  const gram = new Float64Array(directions * directions);
  addGramOfColumns({ a: projected, m, n: directions }, gram, matmul);
  const { vectors: turn, values } = gramSingular(gram, directions);
  const known = values.reduce((sum, value) => sum + value * value, 0);
  const rank = plan.chooser(place)(values, directions === n ? 0 : Math.max(0, total - known));
  if (rank > directions) {
    throw error('sketch-too-small', {
      subject: 'sketch',
      rule: `must meet the error asked for with its ${directions} directions`,
      hint: 'Ask for ranks, raise oversampling, or use the method gram.',
    });
  }
  const kept = leadingColumns(turn, directions, rank);
  const vectors = applyFrom('right', { a: range, m: n, n: directions }, { x: kept, count: rank, matmul });
  const turned = applyFrom('right', { a: projected, m, n: directions }, { x: kept, count: rank, matmul });
  return { vectors, projected: turned, rank, plan };
}

/**
 * One pass: X times an orthonormal basis, [M][count], every row in its place. Of float32 rows it is kept in float32: that
 * loses no more than they have lost already, and halves the memory.
 */
function project(table: BlockedTable, vectors: Float64Array, count: number, matmul: Matmul): FloatArray {
  const length = lastUnfolding(table).outer * count;
  let out: FloatArray | undefined;
  let rows: FloatArray = new Float32Array(0);
  for (const { a, m, n, places } of unfoldedBlocks(table)) {
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

function lastUnfolding({ factors: { rowShape, colShape } }: BlockedTable): {
  n: number;
  outer: number;
  place: number;
} {
  const n = rowShape.at(-1)! * colShape.at(-1)!;
  return { n, outer: (product(rowShape) * product(colShape)) / n, place: rowShape.length - 1 };
}
