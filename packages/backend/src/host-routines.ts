/**
 * Integer work that a batch costs the host: grouping ids and building tries. Results are those of plain TypeScript, which does the same on
 * engines without. Arrays are written from their beginning; longer ones stay as they were behind that.
 */
export interface HostRoutines {
  /**
   * Groups the first n values; how many distinct ones there are. O(n).
   *
   * @param into U `distinct` values, ascending, and where the group of each begins, with room for n and n + 1; `positions`, grouped, and the
   *   group of each position [n]; scratch [4n]
   */
  group(
    values: Uint32Array,
    n: number,
    into: readonly [
      ...groups: [distinct: Uint32Array, offsets: Uint32Array],
      ...positions: [positions: Uint32Array, groupOf: Uint32Array],
      scratch: Uint32Array,
    ],
  ): number;
  /**
   * Takes the last digit off n prefixes, which ascend; how many distinct ones are left. O(n).
   *
   * @param into `digits` and `parents` [n]; where the children of each parent end, from 1 on, with room for n + 1; the prefixes `above`, with
   *   room for n
   */
  split(
    prefixes: Uint32Array,
    factor: number,
    into: readonly [
      ...nodes: [digits: Uint32Array, parents: Uint32Array],
      ...above: [childOffsets: Uint32Array, above: Uint32Array],
    ],
  ): number;
  /**
   * Groups n digits below `factor`; how many distinct ones there are. O(n + factor).
   *
   * @param into the distinct digits and where the nodes of each begin, with room for `factor` and `factor` + 1; nodes by digit [n]; counts
   *   [`factor`]
   */
  groupDigits(
    digits: Uint32Array,
    factor: number,
    into: readonly [
      ...slices: [sliceDigit: Uint32Array, sliceOffsets: Uint32Array],
      ...nodes: [sliceNodes: Uint32Array, counts: Uint32Array],
    ],
  ): number;
}
