/** ln 2 in two parts; the first has so few digits that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** 1/n! for n from 13 down: past it, terms are below the last bit of the sum. */
const COEFFICIENTS = Float64Array.from({ length: 14 }, (_, i) => 1 / factorial(13 - i));
const view = new DataView(new ArrayBuffer(8));

/**
 * e^x within two units in the last place, and the same bits everywhere: every operation is one that IEEE 754 rounds. The last bit of
 * `Math.exp` differs between JavaScript engines. 0 below -708, Infinity above 709.
 */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < -708) return 0;
  if (x > 709) return Infinity;
  const exponent = Math.round(x / LN2_HIGH);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  let sum = 0;
  for (let i = 0; i < 14; i++) sum = sum * rest + COEFFICIENTS[i]!;
  return sum * powerOfTwo(exponent);
}

/** 2^exponent for -1022 to 1023, by the bits of a float64. */
function powerOfTwo(exponent: number): number {
  view.setUint32(0, (exponent + 1023) << 20);
  return view.getFloat64(0);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
