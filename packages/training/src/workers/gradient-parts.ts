import type { GradientLayout, HostGradients, SparseRows } from '@ttrec/dlrm';
import type { Span } from './shards.ts';

/** Part `part` of `parts` of a list. */
function partSpan(part: number, parts: number, length: number): Span {
  return { start: Math.floor((length * part) / parts), end: Math.floor((length * (part + 1)) / parts) };
}

/** The gradients of one part of the numbers of each parameter, and of one part of the rows of each table: views. */
export function partOf(
  { dense, sparse }: HostGradients,
  layout: GradientLayout,
  part: number,
  parts: number,
): HostGradients {
  return {
    dense: dense.map((values) => {
      const { start, end } = partSpan(part, parts, values.length);
      return values.subarray(start, end);
    }),
    sparse: sparse.map((rows, p) => rowsIn(rows, partSpan(part, parts, layout.sparse[p]!.rows))),
  };
}

/** The layout of what `partOf` returns. */
export function partLayout({ dense, sparse }: GradientLayout, part: number, parts: number): GradientLayout {
  const lengths = dense.map((parameter) => {
    const { start, end } = partSpan(part, parts, parameter.length);
    return { ...parameter, length: end - start };
  });
  return { dense: lengths, sparse };
}

/** The whole of all parts, in their order. */
export function joinedParts(parts: readonly HostGradients[]): HostGradients {
  const [first] = parts as readonly [HostGradients];
  return {
    dense: first.dense.map((_, i) =>
      joined(
        Float32Array,
        parts.map(({ dense }) => dense[i]!),
      ),
    ),
    sparse: first.sparse.map((_, i) => ({
      ids: joined(
        Uint32Array,
        parts.map(({ sparse }) => sparse[i]!.ids),
      ),
      values: joined(
        Float32Array,
        parts.map(({ sparse }) => sparse[i]!.values),
      ),
    })),
  };
}

export function joined<A extends Float32Array | Uint32Array>(
  make: new (length: number) => A,
  arrays: readonly A[],
): A {
  const all = new make(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

function rowsIn({ ids, values }: SparseRows, { start, end }: Span): SparseRows {
  const cols = ids.length === 0 ? 0 : values.length / ids.length;
  const [from, to] = [countBelow(ids, start), countBelow(ids, end)];
  return { ids: ids.subarray(from, to), values: values.subarray(from * cols, to * cols) };
}

/** How many of ascending ids are below `bound`. O(log U). */
function countBelow(ids: Uint32Array, bound: number): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
