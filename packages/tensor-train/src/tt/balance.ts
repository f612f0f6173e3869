import { error } from '../error.ts';
import { exponentOf, largestOf, SAFE_EXPONENT, timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import type { FlatTT } from './flat-tt.ts';

/**
 * The same TT with its scale in the exponent, and every column of every left unfolding `[r_k n_k][r_{k+1}]` near 1: its
 * largest entry in [1, 2), or zeros. What one core multiplies by 1e300 and the next by 1e-300, for all or for some of
 * the rank indices between them, then neither overflows nor vanishes. Exact but for entries below 1e-300 of the largest.
 * O(parameters).
 *
 * @throws `tensor-train/not-finite`
 */
export function balance({ modes, ranks, cores, exponent }: FlatTT): FlatTT {
  // By what power of two each left index is yet to be multiplied.
  let owed: number[] = [exponent];
  const balanced = cores.map((core, k) => {
    if (Number.isNaN(largestOf(core))) {
      const at = core.findIndex((value) => !Number.isFinite(value));
      throw error('not-finite', { subject: `cores[${k}]`, rule: 'must hold finite numbers', got: core[at] });
    }
    const [mode, right] = [modes[k]!, ranks[k + 1]!];
    const columns = columnExponents(core, right, owed, mode);
    const out = new Float64Array(core.length);
    core.forEach((value, at) => {
      const power = owed[Math.floor(at / (mode * right))]!;
      // What meets only zeros on its left is zero.
      if (value !== 0 && power !== -Infinity) out[at] = timesPowerOfTwo(value, power - columns[at % right]!);
    });
    owed = columns;
    return out;
  });
  return { modes, ranks, cores: balanced, exponent: owed[0] === -Infinity ? 0 : owed[0]! };
}

/**
 * A TT whose cores can be multiplied one after another: as it is if no product of entries, nor a sum of such products,
 * comes near an end of float64; else balanced.
 *
 * @throws `tensor-train/not-finite` where it has to be balanced
 */
export function inRange(tt: FlatTT): FlatTT {
  let [lowest, highest] = [0, 0];
  const isSafe = tt.cores.every((core, k) => {
    const smallest = core.reduce((least, x) => (x === 0 ? least : Math.min(least, Math.abs(x))), Infinity);
    const [low, high] = [exponentOf(smallest), exponentOf(largestOf(core))];
    // Zeros and what is not finite make the same of all products.
    if (!Number.isFinite(low + high)) return true;
    lowest += low;
    highest += high + Math.log2(tt.ranks[k]!);
    return [low, high, lowest, highest].every((power) => Math.abs(power) <= SAFE_EXPONENT);
  });
  return isSafe ? tt : balance(tt);
}

/** The exponent of the largest entry of each column of [r n][columns], with what its rows are yet to be multiplied by. */
function columnExponents(core: Float64Array, right: number, owed: readonly number[], mode: number): number[] {
  const exponents = new Array<number>(right).fill(-Infinity);
  owed.forEach((power, left) => {
    for (let b = 0; b < right; b++) {
      let largest = 0;
      for (let i = 0; i < mode; i++)
        largest = Math.max(largest, Math.abs(core[(left * mode + i) * right + b]!));
      exponents[b] = Math.max(exponents[b]!, exponentOf(largest) + power);
    }
  });
  return exponents;
}
