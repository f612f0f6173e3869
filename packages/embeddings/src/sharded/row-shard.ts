/**
 * The rows of a table that one of several workers holds: those whose ids leave `rank` when divided by `size`. Vocabularies number frequent
 * values first, and so each worker holds as many of these as any other.
 */
export interface RowShard {
  readonly rank: number;
  /** W, the number of workers. */
  readonly size: number;
}

/** Rows 0 … bound - 1 that a worker holds: also the place, among its rows, of the first that is not below `bound`. */
export function heldBelow(bound: number, { rank, size }: RowShard): number {
  return Math.max(0, Math.ceil((bound - rank) / size));
}

/** Which of ids a worker holds, by their positions. */
export function positionsHeld(ids: Uint32Array, { rank, size }: RowShard): Uint32Array {
  let held = 0;
  const positions = new Uint32Array(ids.length);
  ids.forEach((id, at) => {
    if (id % size === rank) positions[held++] = at;
  });
  return positions.subarray(0, held);
}

/** Rows that follow each other in a table, of `width` numbers each. */
export interface RowsFrom {
  /** The id of the first. */
  readonly start: number;
  readonly width: number;
}

/** Rows dealt out to the workers that hold them, by rank. */
export function dealRows(values: Float32Array, { start, width }: RowsFrom, size: number): Float32Array[] {
  const end = start + values.length / width;
  return Array.from({ length: size }, (_, rank) => {
    const [first, last] = [start, end].map((bound) => heldBelow(bound, { rank, size })) as [number, number];
    const part = new Float32Array((last - first) * width);
    for (let row = first; row < last; row++) {
      const from = (row * size + rank - start) * width;
      part.set(values.subarray(from, from + width), (row - first) * width);
    }
    return part;
  });
}

/** The rows that `dealRows` dealt out, in their order. @param parts by rank */
export function collectRows(parts: readonly Float32Array[], { start, width }: RowsFrom): Float32Array {
  const size = parts.length;
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.forEach((part, rank) => {
    const first = heldBelow(start, { rank, size });
    for (let row = 0; row * width < part.length; row++) {
      const to = ((first + row) * size + rank - start) * width;
      values.set(part.subarray(row * width, (row + 1) * width), to);
    }
  });
  return values;
}
