const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

export type Words2 = Uint32Array | readonly [number, number];
export type Words4 = Uint32Array | readonly [number, number, number, number];

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers, from products of their halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const cross = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0;
}

/**
 * One block of Philox4x32-10: encrypts the counter (four 32-bit words) under the key (two) into `out` [4].
 * Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
 */
export function philox4x32(counter: Words4, key: Words2, out: Uint32Array): void {
  philoxBlocks(counter, key, out, 0, 1);
}

/**
 * Writes `blocks` blocks to `out` from `start` on: those of `counter` and of its successors, which differ in the first word and do not carry.
 * Allocates nothing, as rows of data draw a few words each.
 */
export function philoxBlocks(
  counter: Words4,
  key: Words2,
  out: Uint32Array,
  start: number,
  blocks: number,
): void {
  for (let block = 0, at = start; block < blocks; block++, at += 4) {
    let c0 = ((counter[0] | 0) + block) | 0;
    let c1 = counter[1] | 0;
    let c2 = counter[2] | 0;
    let c3 = counter[3] | 0;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < ROUNDS; round++) {
      const high0 = multiplyHigh(MULTIPLIER_0, c0);
      const low0 = Math.imul(MULTIPLIER_0, c0);
      const high1 = multiplyHigh(MULTIPLIER_1, c2);
      const low1 = Math.imul(MULTIPLIER_1, c2);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + WEYL_0) | 0;
      k1 = (k1 + WEYL_1) | 0;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
  }
}
