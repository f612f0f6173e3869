/** The least power of two that is at least `length`: what an array grows to, so that a little more does not allocate again. */
export function powerOfTwo(length: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, length)));
}
