/**
 * The 32-bit finaliser of MurmurHash3 (Appleby, 2011): a bijection of 32-bit integers in which every input bit reaches every
 * output bit. Returns an unsigned integer.
 */
export function mix32(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
