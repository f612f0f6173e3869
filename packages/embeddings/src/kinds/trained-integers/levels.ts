/** Numbers of so many bits: the levels `(code + offset) · step` of the codes from `lowest` to `highest`. */
export interface Levels {
  readonly bits: IntegerBits;
  readonly lowest: number;
  readonly highest: number;
  /** Half a step in 2 bits, so that both sides of 0 have two levels. */
  readonly offset: number;
  /** The largest magnitude, in steps. */
  readonly largest: number;
  /** The variance, in squared steps, of a code drawn at random. */
  readonly variance: number;
  /** The magnitude, in standard deviations, that the largest level stands for where rows are given; Infinity for the largest. */
  readonly deviations: number;
}

/** 8, 4 or 2. */
export type IntegerBits = 8 | 4 | 2;

/** Symmetric about 0. The clipping of 4 and 2 bits is that of least squared error for normal numbers (Max 1960). */
const levels: { readonly [Bits in IntegerBits]: Levels } = {
  8: symmetric(8, 127, Infinity),
  4: symmetric(4, 7, 2.35),
  2: { bits: 2, lowest: -2, highest: 1, offset: 0.5, largest: 1.5, variance: 1.25, deviations: 1.49 },
};

export function levelsOf(bits: IntegerBits): Levels {
  return levels[bits];
}

function symmetric(bits: IntegerBits, largest: number, deviations: number): Levels {
  const variance = (largest * (largest + 1)) / 3;
  return { bits, lowest: -largest, highest: largest, offset: 0, largest, variance, deviations };
}
