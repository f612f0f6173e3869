import { exponentOf, largestOf, norm, scaleInPlace } from '../../linear-algebra/powers-of-two.ts';
import { contract, ofSlices } from '../../tt/contract.ts';
import type { FlatTT } from '../../tt/flat-tt.ts';
import type { Cross, CrossProblem } from './cross-sweeps.ts';

/**
 * Estimates the relative error of a TT from random entries of the function: the root mean square error over all of
 * them, or over those off the crosses if that is larger, divided by their root mean square. Infinity if all of them are
 * zero, since agreement on zeros is no evidence.
 */
export type Judge = (cross: Cross) => number;

/** Each call draws new entries until `count` of them are off the crosses, at most twice as many. */
export function judgeBy({ evaluate, modes, stream }: Omit<CrossProblem, 'ranks'>, count: number): Judge {
  return ({ tt, crosses }) => {
    const isSeen = seenIn(crosses);
    const drawn: Uint32Array[] = [];
    const independent: number[] = [];
    while (drawn.length < 2 * count && independent.length < count) {
      const index = Uint32Array.from(modes, (mode) => stream.nextInteger(mode));
      if (!isSeen(index)) independent.push(drawn.length);
      drawn.push(index);
    }
    const values = Float64Array.from(drawn, (index) => evaluate(index.slice()));
    const found = Float64Array.from(drawn, (index) => entryOf(tt, index));
    // Both relative to the same power of two.
    const exponent = Math.max(tt.exponent, exponentOf(largestOf(values)));
    scaleInPlace(values, -exponent);
    scaleInPlace(found, tt.exponent - exponent);
    const size = rootMeanSquare(values);
    if (size === 0) return Infinity;
    const differences = found.map((value, at) => value - values[at]!);
    const unseen = Float64Array.from(independent, (at) => differences[at]!);
    return Math.max(rootMeanSquare(differences), rootMeanSquare(unseen)) / size;
  };
}

/** 0 for an empty list. */
function rootMeanSquare(values: Float64Array): number {
  return norm(values) / Math.sqrt(Math.max(1, values.length));
}

/** Whether an entry is on one of the crosses. */
function seenIn(crosses: Cross['crosses']): (index: Uint32Array) => boolean {
  const sets = crosses.map(({ before, behind }) => ({
    before: new Set(before.map((digits) => digits.join())),
    behind: new Set(behind.map((digits) => digits.join())),
  }));
  return (index) =>
    sets.some(
      ({ before, behind }, k) =>
        before.has(index.subarray(0, k).join()) && behind.has(index.subarray(k + 1).join()),
    );
}

/** An entry of a TT, without its exponent. */
function entryOf({ modes, ranks, cores }: FlatTT, index: Uint32Array): number {
  const slices = cores.map((core, k) => {
    const [left, mode, right] = [ranks[k]!, modes[k]!, ranks[k + 1]!];
    const slice = new Float64Array(left * right);
    for (let a = 0; a < left; a++) {
      const from = (a * mode + index[k]!) * right;
      slice.set(core.subarray(from, from + right), a * right);
    }
    return slice;
  });
  return contract(ofSlices(slices, ranks))[0]!;
}
