import { error } from '../error.ts';
import { exponentOf, largestOf, SAFE_EXPONENT, timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import type { FlatTT } from './flat-tt.ts';

/**
 * Moves the scale of a TT into its exponent: the largest entry of every column of the left unfoldings `[r_k
 * n_k][r_{k+1}]` is then in [1, 2), unless the column is zero. Factors of 1e300 in one core and 1e-300 in the next, for
 * all or some rank indices between them, neither overflow nor vanish afterwards. Exact, except for entries below 1e-300
 * of the largest. O(parameters).
 *
 * @throws `tensor-train/not-finite`
 */
export function balance({ modes, ranks, cores, exponent }: FlatTT): FlatTT {
  // The power of two that each left index still has to be multiplied by.
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
      // Rows that meet only zeros on their left are zero.
      if (value !== 0 && power !== -Infinity) out[at] = timesPowerOfTwo(value, power - columns[at % right]!);
    });
    owed = columns;
    return out;
  });
  return { modes, ranks, cores: balanced, exponent: owed[0] === -Infinity ? 0 : owed[0]! };
}

/**
 * Returns a TT whose cores can be multiplied one after another: balanced, if some product of entries, or a sum of such
 * products, could leave the range of float64.
 *
 * @throws `tensor-train/not-finite` if it has to be balanced
 */
export function inRange(tt: FlatTT): FlatTT {
  let [lowest, highest] = [0, 0];
  const isSafe = tt.cores.every((core, k) => {
    const smallest = core.reduce((least, x) => (x === 0 ? least : Math.min(least, Math.abs(x))), Infinity);
    const [low, high] = [exponentOf(smallest), exponentOf(largestOf(core))];
    // Zeros and non-finite entries decide every product that they take part in.
    if (!Number.isFinite(low + high)) return true;
    lowest += low;
    highest += high + Math.log2(tt.ranks[k]!);
    return [low, high, lowest, highest].every((power) => Math.abs(power) <= SAFE_EXPONENT);
  });
  return isSafe ? tt : balance(tt);
}

/**
 * The exponent of the largest entry of each column of [r n][columns], after its rows are multiplied by what they owe.
 */
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
