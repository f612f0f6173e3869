import type { RandomStream } from '@ttrec/core';
import { maximumVolume } from '../linear-algebra/maxvol.ts';
import { qr, transposed } from '../linear-algebra/qr.ts';
import type { Train } from '../trains/train.ts';

/** A tensor as a function of its index. */
export type Evaluate = (index: Uint32Array) => number;

export interface CrossProblem {
  readonly evaluate: Evaluate;
  readonly modes: readonly number[];
  /** r_k, [d + 1], within what is useful. */
  readonly ranks: readonly number[];
  /** Where the first right indices come from. */
  readonly stream: RandomStream;
}

/** Digits of some neighbouring modes. */
type Digits = readonly number[];

/**
 * Sweeps there and back, without end; each gives the train it found. On the way to the right the left indices of each
 * place are chosen among those before it and the whole mode; on the way back the right indices, and the cores with them.
 */
export function* crossSweeps(problem: CrossProblem): Generator<Train, never> {
  const { modes, ranks } = problem;
  const d = modes.length;
  const left: Digits[][] = Array.from({ length: d }, () => [[]]);
  const right: Digits[][] = Array.from({ length: d + 1 }, (_, k) => firstIndices(problem, k));
  for (;;) {
    for (let k = 0; k < d - 1; k++) {
      const [m, n] = [ranks[k]! * modes[k]!, ranks[k + 1]!];
      const block = evaluateBlock(problem, left[k]!, right[k + 1]!, k);
      const { rows } = maximumVolume(qr(block, m, n).q, m, n);
      left[k + 1] = [...rows].map((row) => {
        const digit = row % modes[k]!;
        return [...left[k]![(row - digit) / modes[k]!]!, digit];
      });
    }
    const cores = new Array<Float64Array>(d);
    for (let k = d - 1; k > 0; k--) {
      const [m, n] = [modes[k]! * ranks[k + 1]!, ranks[k]!];
      const block = transposed(evaluateBlock(problem, left[k]!, right[k + 1]!, k), n, m);
      const { rows, interpolation } = maximumVolume(qr(block, m, n).q, m, n);
      cores[k] = transposed(interpolation, m, n);
      right[k] = [...rows].map((row) => {
        const behind = row % ranks[k + 1]!;
        return [(row - behind) / ranks[k + 1]!, ...right[k + 1]![behind]!];
      });
    }
    cores[0] = evaluateBlock(problem, left[0]!, right[1]!, 0);
    yield { modes, ranks, cores };
  }
}

/** The entries where left indices, the whole mode k and right indices cross, [left][n_k][right]. */
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

/** r_k different index tuples of the modes k … d - 1, at random. */
function firstIndices({ modes, ranks, stream }: CrossProblem, k: number): Digits[] {
  const behind = modes.slice(k);
  const tuples = new Map<string, Digits>();
  while (tuples.size < ranks[k]!) {
    const tuple = behind.map((mode) => stream.nextInteger(mode));
    tuples.set(tuple.join(), tuple);
  }
  return [...tuples.values()];
}

/** A train and its distance to the function on the test entries. */
export interface CrossResult {
  readonly train: Train;
  readonly sampledError: number;
}

/** Draws test entries and returns the judge: the distance of a train to them, as a fraction of their norm. */
export function testSet(
  { evaluate, modes, stream }: Omit<CrossProblem, 'ranks'>,
  count: number,
): (train: Train) => number {
  const indices = Array.from({ length: count }, () =>
    Uint32Array.from(modes, (mode) => stream.nextInteger(mode)),
  );
  const expected = indices.map(evaluate);
  const size = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0));
  return (train) => {
    let squared = 0;
    indices.forEach((index, at) => (squared += (entryOf(train, index) - expected[at]!) ** 2));
    return Math.sqrt(squared) / (size === 0 ? 1 : size);
  };
}

function entryOf({ modes, ranks, cores }: Train, index: Uint32Array): number {
  let value: Float64Array = Float64Array.of(1);
  cores.forEach((core, k) => {
    const right = ranks[k + 1]!;
    const next = new Float64Array(right);
    for (let a = 0; a < value.length; a++) {
      const from = (a * modes[k]! + index[k]!) * right;
      for (let b = 0; b < right; b++) next[b]! += value[a]! * core[from + b]!;
    }
    value = next;
  });
  return value[0]!;
}
