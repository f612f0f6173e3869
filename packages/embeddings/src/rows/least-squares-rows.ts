import type { Mixture } from './mixture.ts';
import { denseRows, rowBlocks, type RowSource } from './row-source.ts';

/** Stops when the residual of the normal equations is this fraction of its start: below what float32 can tell. */
const TOLERANCE = 1e-9;
/** Each a pass over the ids; by then the error of the rows has long stopped to move. */
const MAX_ITERATIONS = 100;

/**
 * The unknown rows [unknowns, D] whose mixtures come nearest to the rows of a source, in the sum of squares weighted by
 * `source.weights`: conjugate gradients on the normal equations, scaled by their diagonal (Hestenes and Stiefel 1952),
 * from zero, so that what no row tells stays zero. The source is read once; O(N · terms · D) an iteration.
 *
 * @returns the unknown rows, each weighted by what counts of its rows
 */
export async function leastSquaresRows(source: RowSource, mixture: Mixture): Promise<RowSource> {
  const { embeddingDim: dim } = source;
  const { diagonal, target } = await normalEquations(source, mixture);
  const scaled = (vector: Float64Array) =>
    vector.map((value, at) => {
      const scale = diagonal[Math.floor(at / dim)]!;
      return scale === 0 ? 0 : value / scale;
    });
  // Unknowns that share no row: the equations are solved.
  if (mixture.terms === 1) return denseRows(Float32Array.from(scaled(target)), dim, diagonal);
  const solution = new Float64Array(target.length);
  const residual = target;
  let preconditioned = scaled(residual);
  const direction = preconditioned.slice();
  let size = dot(residual, preconditioned);
  const enough = size * TOLERANCE ** 2;
  for (let iteration = 0; iteration < MAX_ITERATIONS && size > enough; iteration++) {
    const image = applyNormal(direction, source, mixture);
    const step = size / dot(direction, image);
    for (let at = 0; at < solution.length; at++) {
      solution[at]! += step * direction[at]!;
      residual[at]! -= step * image[at]!;
    }
    preconditioned = scaled(residual);
    const next = dot(residual, preconditioned);
    for (let at = 0; at < direction.length; at++)
      direction[at] = preconditioned[at]! + (next / size) * direction[at]!;
    size = next;
  }
  return denseRows(Float32Array.from(solution), dim, diagonal);
}

/** The right side [unknowns, D] and the diagonal [unknowns] of the normal equations. */
async function normalEquations(
  source: RowSource,
  { unknowns, terms, write }: Mixture,
): Promise<{ target: Float64Array; diagonal: Float64Array }> {
  const dim = source.embeddingDim;
  const target = new Float64Array(unknowns * dim);
  const diagonal = new Float64Array(unknowns);
  const places = new Float64Array(terms);
  const factors = new Float64Array(terms);
  for await (const { start, rows, values } of rowBlocks(source)) {
    for (let i = 0; i < rows; i++) {
      const weight = source.weights?.[start + i] ?? 1;
      write(start + i, places, factors);
      for (let t = 0; t < terms; t++) {
        const factor = weight * factors[t]!;
        diagonal[places[t]!]! += factor * factors[t]!;
        for (let j = 0, to = places[t]! * dim; j < dim; j++) target[to + j]! += factor * values[i * dim + j]!;
      }
    }
  }
  return { target, diagonal };
}

/** Aᵀ W A x, for x [unknowns, D]. */
function applyNormal(
  x: Float64Array,
  { numEmbeddings, embeddingDim: dim, weights }: RowSource,
  { terms, write }: Mixture,
): Float64Array {
  const out = new Float64Array(x.length);
  const places = new Float64Array(terms);
  const factors = new Float64Array(terms);
  const row = new Float64Array(dim);
  for (let id = 0; id < numEmbeddings; id++) {
    const weight = weights?.[id] ?? 1;
    if (weight === 0) continue;
    write(id, places, factors);
    row.fill(0);
    for (let t = 0; t < terms; t++)
      for (let j = 0, from = places[t]! * dim; j < dim; j++) row[j]! += factors[t]! * x[from + j]!;
    for (let t = 0; t < terms; t++) {
      const factor = weight * factors[t]!;
      for (let j = 0, to = places[t]! * dim; j < dim; j++) out[to + j]! += factor * row[j]!;
    }
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
