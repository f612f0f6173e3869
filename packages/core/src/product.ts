/** The product of some factors, 1 of none: the number of elements of a shape. */
export function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}
