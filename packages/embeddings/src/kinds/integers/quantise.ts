/** How signed integers stand for numbers: bits, and the largest magnitude, the same on both sides of 0. */
export interface Grid {
  readonly bits: 8 | 4;
  /** 127 or 7. */
  readonly largest: number;
}

export const int8Grid: Grid = { bits: 8, largest: 127 };
export const int4Grid: Grid = { bits: 4, largest: 7 };

/** The bytes of a row of integers. In 4 bits two share a byte, the first in the low half, and each row begins a byte. */
export function codeBytes({ bits }: Grid, cols: number): number {
  return Math.ceil((cols * bits) / 8);
}

const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** The step between neighbouring values of a row: its largest magnitude over the grid's, in float32. 0 for a row of zeros. */
export function stepOf(row: Float32Array, { largest }: Grid): number {
  let magnitude = 0;
  for (const value of row) magnitude = Math.max(magnitude, Math.abs(value));
  const step = Math.fround(magnitude / largest);
  // Rounded up, the largest numbers that there are would be read back as infinite.
  return step * largest > MAX_FLOAT32 ? Math.fround(step * (1 - 2 ** -23)) : step;
}

/**
 * The integer of a value: the nearest multiple of the step, so that no value is off by more than half a step; of two as
 * near, the even one, so that rounding leans to neither side.
 */
export function codeOf(value: number, step: number, { largest }: Grid): number {
  if (step === 0) return 0;
  const quotient = value / step;
  const below = Math.floor(quotient);
  const rest = quotient - below;
  const isUp = rest === 0.5 ? below % 2 !== 0 : rest > 0.5;
  // A step of few digits, below the smallest normal number, may lie well under its share of the row.
  return Math.max(-largest, Math.min(largest, isUp ? below + 1 : below));
}
