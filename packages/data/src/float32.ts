/** What a dense value must keep to: batches hold them as 32-bit floats. */
export const FLOAT32_RULE = 'must be at most 3.4e38 in magnitude, the range of a 32-bit float';

/** Whether a number stays finite as a 32-bit float. */
export function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}
