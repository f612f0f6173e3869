import { zero } from './simd';

const EXPONENT: u32 = 0x7f80_0000;

/** Whether `count` numbers are finite: of those that are not, all bits of the exponent are set. */
export function allFinite(from: usize, count: usize): bool {
  const exponent = i32x4.splat(EXPONENT);
  const vectors = from + ((count & ~3) << 2);
  const end = from + (count << 2);
  let found = zero();
  for (; from < vectors; from += 16) {
    found = v128.or(found, i32x4.eq(v128.and(v128.load(from), exponent), exponent));
  }
  if (v128.any_true(found)) return false;
  for (; from < end; from += 4) if ((load<u32>(from) & EXPONENT) == EXPONENT) return false;
  return true;
}
