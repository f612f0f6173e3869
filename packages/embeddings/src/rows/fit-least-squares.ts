import type { Mixture } from './mixture.ts';
import type { RowSource } from './row-source.ts';

/**
 * The unknown rows [unknowns, D] whose mixtures come nearest to the rows of a source, in the sum of squares weighted by
 * `source.weights`: conjugate gradients on the normal equations, scaled by their diagonal (Hestenes and Stiefel 1952),
 * from zero, so that what no row tells stays zero. The source is read once; O(N · terms · D) an iteration.
 *
 * @returns the unknown rows, each weighted by what counts of its rows
 */
export async function leastSquaresRows(source: RowSource, mixture: Mixture): Promise<RowSource> {
  // Loaded when it is used: scoring solves nothing.
  const { solveNormalEquations } = await import('./conjugate-gradients.ts');
  return solveNormalEquations(source, mixture);
}
