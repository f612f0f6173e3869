/** Rearranging operands so that what one step of a product reads lies on one line. All strides in bytes. */
import { zero } from '../numbers/simd';

/**
 * Writes `lanes` (1 to 4) rows of `k` numbers as columns: number p of lane i goes to `to + p * step + 4 * i`. Lanes that
 * are missing become 0. Reads up to 12 bytes past a row.
 */
export function packLanes(from: usize, ld: usize, lanes: usize, k: usize, to: usize, step: usize): void {
  const from1 = from + (lanes > 1 ? ld : 0);
  const from2 = from + (lanes > 2 ? 2 * ld : 0);
  const from3 = from + (lanes > 3 ? 3 * ld : 0);
  for (let p: usize = 0; p < k; p += 4) {
    const at = p << 2;
    const r0 = v128.load(from + at);
    const r1 = lanes > 1 ? v128.load(from1 + at) : zero();
    const r2 = lanes > 2 ? v128.load(from2 + at) : zero();
    const r3 = lanes > 3 ? v128.load(from3 + at) : zero();
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    to += step;
    if (p + 1 < k) v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    to += step;
    if (p + 2 < k) v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    to += step;
    if (p + 3 < k) v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    to += step;
  }
}

/** Copies `k` rows of `width` (1 to 4) numbers to lines of 4, `step` apart; numbers that are missing become 0. */
export function packColumns(from: usize, ld: usize, width: usize, k: usize, to: usize, step: usize): void {
  for (let p: usize = 0; p < k; p++) {
    if (width >= 4) v128.store(to, v128.load(from));
    else {
      v128.store(to, zero());
      for (let i: usize = 0; i < width; i++) store<f32>(to + (i << 2), load<f32>(from + (i << 2)));
    }
    from += ld;
    to += step;
  }
}

/** The transpose of `from` [rows, cols]; `to` has rows of `rows` rounded up to 4 numbers, `ldTo` bytes apart. */
export function transpose(from: usize, ld: usize, rows: usize, cols: usize, to: usize, ldTo: usize): void {
  for (let i: usize = 0; i < rows; i += 4) packLanes(from + i * ld, ld, min<usize>(4, rows - i), cols, to + (i << 2), ldTo);
}

/** Copies the first `cols` numbers of every row. */
export function copyRows(from: usize, ldFrom: usize, to: usize, ldTo: usize, rows: usize, cols: usize): void {
  const bytes = cols << 2;
  if (ldFrom == bytes && ldTo == bytes) {
    memory.copy(to, from, rows * bytes);
    return;
  }
  for (let i: usize = 0; i < rows; i++) {
    memory.copy(to, from, bytes);
    from += ldFrom;
    to += ldTo;
  }
}
