import type { FloatArray } from '../float-array.ts';

/** Rows of a table [row][piece][q] whose pieces, all rows of a piece together, lie `offsets[piece]` apart in another array. */
export interface Pieces {
  /** The place of each piece, a multiple of q. */
  readonly offsets: ArrayLike<number>;
  /** Numbers of a piece in a row, q_d. */
  readonly q: number;
}

/** Copies `count` rows, from `from` in the one array to `to` in the other. */
export type CopyPieces = (from: number, count: number, to: number) => void;

/**
 * Copies rows from a table to pieces: number j of piece `i` of row `r` goes to `to + offsets[i] + r q + j`. Float32 numbers
 * move in pairs where they lie so that they can: arrays of finite numbers only.
 */
export function toPieces(table: FloatArray, pieces: FloatArray, layout: Pieces): CopyPieces {
  const { from, to, q, offsets, size } = inUnits(table, pieces, layout);
  const width = q * offsets.length;
  return (start, count, base) => {
    for (let piece = 0; piece < offsets.length; piece++) {
      let out = base / size + offsets[piece]!;
      let at = start / size + piece * q;
      for (let row = 0; row < count; row++, at += width) {
        if (q === 2) {
          to[out++] = from[at]!;
          to[out++] = from[at + 1]!;
        } else for (let j = at; j < at + q; j++) to[out++] = from[j]!;
      }
    }
  };
}

/** Copies rows from pieces to a table, the inverse of `toPieces`. */
export function fromPieces(pieces: FloatArray, table: FloatArray, layout: Pieces): CopyPieces {
  const { from, to, q, offsets, size } = inUnits(pieces, table, layout);
  return (start, count, base) => {
    let out = base / size;
    for (let row = 0; row < count; row++) {
      for (let piece = 0; piece < offsets.length; piece++) {
        const at = start / size + offsets[piece]! + row * q;
        for (let j = at; j < at + q; j++) to[out++] = from[j]!;
      }
    }
  };
}

/** Both arrays as pairs of float32 numbers, or as they are; everything else counted in units of `size` numbers. */
function inUnits(from: FloatArray, to: FloatArray, { offsets, q }: Pieces) {
  const [fromPairs, toPairs] = q % 2 === 0 ? [pairsOf(from), pairsOf(to)] : [];
  const isPaired = fromPairs !== undefined && toPairs !== undefined;
  const size = isPaired ? 2 : 1;
  return {
    from: isPaired ? fromPairs : from,
    to: isPaired ? toPairs : to,
    q: q / size,
    offsets: Float64Array.from(offsets, (offset) => offset / size),
    size,
  };
}

/** Pairs of finite float32 numbers: as float64 none is NaN, whose bits a copy may change. */
function pairsOf(values: FloatArray): Float64Array | undefined {
  if (!(values instanceof Float32Array) || values.byteOffset % 8 !== 0) return undefined;
  return new Float64Array(values.buffer, values.byteOffset, Math.floor(values.length / 2));
}
