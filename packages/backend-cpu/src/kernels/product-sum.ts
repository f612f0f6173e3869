import { Scratch } from '../scratch.ts';

/** Side of a tile: 4 x 4 sums are what a scalar engine keeps in registers. */
export const TILE = 4;

/**
 * One side of a sum of products: a series of equally shaped matrices in one array. A lane is a row of a left operand
 * or a column of a right one; `inner` runs along the dimension that is summed over.
 * Element (lane, inner) of term t lies at `offsets[t] + tile start · tileStride + lane in tile · laneStride + inner · innerStride`.
 */
export class Operand {
  data: Float32Array = new Float32Array(0);
  /** [at least as many as there are terms]. */
  offsets = new Uint32Array(1);
  laneStride = 0;
  tileStride = 0;
  innerStride = 0;
  readonly #packed = new Scratch((length) => new Float32Array(length));

  /** Points at matrices whose lanes are `laneStride` apart. Offsets stay as they are. */
  place(data: Float32Array, laneStride: number, innerStride: number): void {
    this.data = data;
    this.laneStride = laneStride;
    this.tileStride = laneStride;
    this.innerStride = innerStride;
  }

  /** Copies the first term so that a tile's lanes lie side by side: what one step of the inner loop reads is one line. */
  pack(lanes: number, inner: number): void {
    const { data, laneStride, innerStride } = this;
    const packed = this.#packed.reserve(Math.ceil(lanes / TILE) * TILE * inner);
    for (let lane = 0; lane < lanes; lane += TILE) {
      const height = Math.min(TILE, lanes - lane);
      for (let k = 0; k < inner; k++) {
        const from = this.offsets[0]! + lane * laneStride + k * innerStride;
        const to = lane * inner + k * TILE;
        for (let r = 0; r < height; r++) packed[to + r] = data[from + r * laneStride]!;
      }
    }
    this.data = packed;
    this.offsets[0] = 0;
    this.laneStride = 1;
    this.tileStride = inner;
    this.innerStride = TILE;
  }
}

/** Where a sum of products goes, and what happens to a sum before it is rounded. */
export class Destination {
  data: Float32Array = new Float32Array(0);
  offset = 0;
  rowStride = 0;
  bias: Float32Array | undefined;
  biasOffset = 0;
  relu = false;

  /** Rounds the tile at (row, column) into place. */
  store(tile: Float64Array, row: number, column: number, height: number, width: number): void {
    const { data, bias, relu } = this;
    for (let r = 0; r < height; r++) {
      const to = this.offset + (row + r) * this.rowStride + column;
      for (let c = 0; c < width; c++) {
        let sum = tile[r * TILE + c]!;
        if (bias !== undefined) sum += bias[this.biasOffset + column + c]!;
        data[to + c] = relu && sum < 0 ? 0 : sum;
      }
    }
  }
}

/**
 * `a_0·b_0 + a_1·b_1 + …` over small or large matrices, with every sum held as one float64 number from its first term
 * to its last and rounded once. Mutable, so that a hot loop moves one instance over many products.
 */
export class ProductSum {
  readonly a = new Operand();
  readonly b = new Operand();
  readonly tile = new Float64Array(TILE * TILE);
  terms = 1;
  inner = 0;

  /** Computes rows x columns sums into `out`. */
  into(out: Destination, rows: number, columns: number): void {
    for (let j = 0; j < columns; j += TILE) {
      const width = Math.min(TILE, columns - j);
      for (let i = 0; i < rows; i += TILE) {
        const height = Math.min(TILE, rows - i);
        this.computeTile(i, j, height, width);
        out.store(this.tile, i, j, height, width);
      }
    }
  }

  /**
   * The sums of `height` rows from i and `width` columns from j, into `tile`. Lanes that a tile does not have repeat its first
   * one, so that nothing is read out of place; what they sum to is not meant to be read.
   */
  computeTile(i: number, j: number, height: number, width: number): void {
    const { a, b, tile, inner, terms } = this;
    const { data: left, offsets: leftOffsets, laneStride: rowStride, innerStride: leftStep } = a;
    const { data: right, offsets: rightOffsets, laneStride: columnStride, innerStride: rightStep } = b;
    const [a1, a2, a3] = [
      height > 1 ? rowStride : 0,
      height > 2 ? 2 * rowStride : 0,
      height > 3 ? 3 * rowStride : 0,
    ];
    const [b1, b2, b3] = [
      width > 1 ? columnStride : 0,
      width > 2 ? 2 * columnStride : 0,
      width > 3 ? 3 * columnStride : 0,
    ];
    // prettier-ignore
    let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
    // prettier-ignore
    let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
    for (let term = 0; term < terms; term++) {
      let p = leftOffsets[term]! + i * a.tileStride;
      let q = rightOffsets[term]! + j * b.tileStride;
      for (let k = 0; k < inner; k++) {
        const y0 = right[q]!;
        const y1 = right[q + b1]!;
        const y2 = right[q + b2]!;
        const y3 = right[q + b3]!;
        let x = left[p]!;
        s00 += x * y0;
        s01 += x * y1;
        s02 += x * y2;
        s03 += x * y3;
        x = left[p + a1]!;
        s10 += x * y0;
        s11 += x * y1;
        s12 += x * y2;
        s13 += x * y3;
        x = left[p + a2]!;
        s20 += x * y0;
        s21 += x * y1;
        s22 += x * y2;
        s23 += x * y3;
        x = left[p + a3]!;
        s30 += x * y0;
        s31 += x * y1;
        s32 += x * y2;
        s33 += x * y3;
        p += leftStep;
        q += rightStep;
      }
    }
    tile.set([s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33]);
  }
}
