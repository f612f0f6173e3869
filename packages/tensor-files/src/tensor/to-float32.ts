import { error } from '../error.ts';
import type { Dtype, TensorArray } from './dtype.ts';

/**
 * Converts numbers of F16, BF16 or F64 to float32, F64 to the nearest. Returns F32 as it is.
 * @param subject shown in errors
 * @throws `tensor-files/not-floats`
 */
export function toFloat32(dtype: Dtype, data: TensorArray, subject = 'tensor'): Float32Array {
  if (dtype === 'F32') return data as Float32Array;
  if (dtype === 'F64') return Float32Array.from(data as Float64Array);
  if (dtype === 'BF16') return fromBfloat16(data as Uint16Array);
  if (dtype === 'F16') return Float32Array.from(data as Uint16Array, halfToNumber);
  throw error('not-floats', { subject, rule: 'must be F32, F64, F16 or BF16', got: dtype });
}

/** The upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
