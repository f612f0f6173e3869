import type { RandomStream } from '@ttrec/core';
import { maximumVolume } from '../../linear-algebra/maxvol.ts';
import { normalise } from '../../linear-algebra/powers-of-two.ts';
import { qr, transposed } from '../../linear-algebra/qr.ts';
import type { FlatTT } from '../../tt/flat-tt.ts';

/** A tensor as a function of its index. */
export type Evaluate = (index: Uint32Array) => number;

export interface CrossProblem {
  readonly evaluate: Evaluate;
  readonly modes: readonly number[];
  /** r_k, [d + 1], clipped to the maximal ranks. */
  readonly ranks: readonly number[];
  /** Draws the first right indices. */
  readonly stream: RandomStream;
}

/** Indices of neighbouring modes. */
export type Digits = readonly number[];

/** A TT and the crosses that it interpolates. */
export interface Cross {
  readonly tt: FlatTT;
  /** For each mode, the left and right indices that were combined with all of its indices. */
  readonly crosses: readonly { readonly before: readonly Digits[]; readonly behind: readonly Digits[] }[];
}

/**
 * Sweeps to the right and back without end, and yields a TT after each. On the way to the right, the left indices of
 * each place are chosen among those before it and the whole mode; on the way back, the right indices and the cores.
 */
export function* crossSweeps(problem: CrossProblem): Generator<Cross, never> {
  const { modes, ranks } = problem;
  const d = modes.length;
  const left: Digits[][] = Array.from({ length: d }, () => [[]]);
  const right: Digits[][] = Array.from({ length: d + 1 }, (_, k) => firstIndices(problem, k));
  for (;;) {
    for (let k = 0; k < d - 1; k++) {
      const [m, n] = [ranks[k]! * modes[k]!, ranks[k + 1]!];
      const block = evaluateBlock(problem, left[k]!, right[k + 1]!, k);
      normalise(block);
      const { rows } = maximumVolume(qr(block, m, n).q, m, n);
      left[k + 1] = [...rows].map((row) => {
        const digit = row % modes[k]!;
        return [...left[k]![(row - digit) / modes[k]!]!, digit];
      });
    }
    const crosses = left.map((before, k) => ({ before, behind: [...right[k + 1]!] }));
    const cores = new Array<Float64Array>(d);
    for (let k = d - 1; k > 0; k--) {
      const [m, n] = [modes[k]! * ranks[k + 1]!, ranks[k]!];
      crosses[k]!.behind.push(...right[k + 1]!);
      const block = transposed(evaluateBlock(problem, left[k]!, right[k + 1]!, k), n, m);
      normalise(block);
      const { rows, interpolation } = maximumVolume(qr(block, m, n).q, m, n);
      cores[k] = transposed(interpolation, m, n);
      right[k] = [...rows].map((row) => {
        const behind = row % ranks[k + 1]!;
        return [(row - behind) / ranks[k + 1]!, ...right[k + 1]![behind]!];
      });
    }
    crosses[0]!.behind.push(...right[1]!);
    cores[0] = evaluateBlock(problem, left[0]!, right[1]!, 0);
    yield { tt: { modes, ranks, cores, exponent: normalise(cores[0]) }, crosses };
  }
}

/** The entries of left indices, all of mode k and right indices, [left][n_k][right]. */
function evaluateBlock(
  { evaluate, modes }: CrossProblem,
  left: readonly Digits[],
  right: readonly Digits[],
  k: number,
): Float64Array {
  const out = new Float64Array(left.length * modes[k]! * right.length);
  const index = new Uint32Array(modes.length);
  let to = 0;
  for (const before of left) {
    index.set(before);
    for (let digit = 0; digit < modes[k]!; digit++) {
      index[k] = digit;
      for (const behind of right) {
        index.set(behind, k + 1);
        out[to++] = evaluate(index);
      }
    }
  }
  return out;
}

/** r_k different random index tuples of the modes k … d - 1. */
function firstIndices({ modes, ranks, stream }: CrossProblem, k: number): Digits[] {
  const behind = modes.slice(k);
  const tuples = new Map<string, Digits>();
  while (tuples.size < ranks[k]!) {
    const tuple = behind.map((mode) => stream.nextInteger(mode));
    tuples.set(tuple.join(), tuple);
  }
  return [...tuples.values()];
}
