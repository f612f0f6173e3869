/** Integers in the fewest bytes each that hold them all, 1, 2 or 4: the same array, or a copy. */
export function narrowed(integers: Uint32Array): Uint8Array | Uint16Array | Uint32Array {
  let bits = 0;
  for (let at = 0; at < integers.length; at++) bits |= integers[at]!;
  if (bits >>> 8 === 0) return new Uint8Array(integers);
  return bits >>> 16 === 0 ? new Uint16Array(integers) : integers;
}
