import { error } from '../error.ts';
import { trainLike, trainOf, type InFloat64, type TensorTrain, type Train } from '../trains/train.ts';
import { checkSameModes } from './same-modes.ts';

/**
 * The sum of two trains of the same factors; the inner ranks add up. O(parameters of the sum).
 * Oseledets 2011, §4.1. `round` brings the ranks back down.
 *
 * @throws `tensor-train/different-factors`
 */
export function add<T extends TensorTrain>(a: T, b: T): InFloat64<T> {
  checkSameModes('add', a, b);
  return trainLike(addTrains(trainOf(a), trainOf(b)), a);
}

/**
 * The first train less the second, of the same factors; the inner ranks add up. O(parameters of the difference).
 * Oseledets 2011, §4.1.
 *
 * @throws `tensor-train/different-factors`
 */
export function subtract<T extends TensorTrain>(a: T, b: T): InFloat64<T> {
  checkSameModes('subtract', a, b);
  return trainLike(addTrains(trainOf(a), scaleTrain(trainOf(b), -1)), a);
}

/**
 * All entries times a number; the ranks stay. O(parameters).
 *
 * @throws `tensor-train/not-finite`
 */
export function scale<T extends TensorTrain>(tt: T, factor: number): InFloat64<T> {
  if (!Number.isFinite(factor))
    throw error('not-finite', { subject: 'factor', rule: 'must be a finite number', got: factor });
  return trainLike(scaleTrain(trainOf(tt), factor), tt);
}

/**
 * The Hadamard (entry by entry) product of two trains of the same factors; the ranks multiply.
 * O(sum over k of p_k q_k r_k s_k r_{k+1} s_{k+1}). Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/different-factors`
 */
export function hadamard<T extends TensorTrain>(a: T, b: T): InFloat64<T> {
  checkSameModes('hadamard', a, b);
  const [x, y] = [trainOf(a), trainOf(b)];
  const cores = x.cores.map((core, k) => kronSlices(core, y.cores[k]!, { x, y, k }));
  return trainLike({ modes: x.modes, ranks: x.ranks.map((rank, k) => rank * y.ranks[k]!), cores }, a);
}

/** Core k of the product: slice i is the Kronecker product of the slices i of both. */
function kronSlices(
  a: Float64Array,
  b: Float64Array,
  { x, y, k }: { x: Train; y: Train; k: number },
): Float64Array {
  const mode = x.modes[k]!;
  const [aLeft, aRight] = [x.ranks[k]!, x.ranks[k + 1]!];
  const [bLeft, bRight] = [y.ranks[k]!, y.ranks[k + 1]!];
  const out = new Float64Array((a.length * b.length) / mode);
  let to = 0;
  for (let la = 0; la < aLeft; la++) {
    for (let lb = 0; lb < bLeft; lb++) {
      for (let i = 0; i < mode; i++) {
        const fromA = (la * mode + i) * aRight;
        const fromB = (lb * mode + i) * bRight;
        for (let ra = 0; ra < aRight; ra++) {
          for (let rb = 0; rb < bRight; rb++) out[to++] = a[fromA + ra]! * b[fromB + rb]!;
        }
      }
    }
  }
  return out;
}

export function scaleTrain(train: Train, factor: number): Train {
  return {
    ...train,
    cores: train.cores.map((core, k) => (k === 0 ? core.map((value) => value * factor) : core)),
  };
}

/** Both trains side by side: the first cores in a row, the last in a column, those between in blocks. */
export function addTrains(a: Train, b: Train): Train {
  const last = a.modes.length - 1;
  const ranks = a.ranks.map((rank, k) => (k === 0 || k > last ? 1 : rank + b.ranks[k]!));
  const cores = a.modes.map((mode, k) => {
    const [left, right] = [ranks[k]!, ranks[k + 1]!];
    const out = new Float64Array(left * mode * right);
    const place = (core: Float64Array, from: Train, rowStart: number, columnStart: number) => {
      const [fromLeft, fromRight] = [from.ranks[k]!, from.ranks[k + 1]!];
      for (let l = 0; l < fromLeft * mode; l++) {
        const to = (rowStart * mode + l) * right + columnStart;
        for (let r = 0; r < fromRight; r++) out[to + r]! += core[l * fromRight + r]!;
      }
    };
    place(a.cores[k]!, a, 0, 0);
    place(b.cores[k]!, b, k === 0 ? 0 : a.ranks[k]!, k === last ? 0 : a.ranks[k + 1]!);
    return out;
  });
  return { modes: a.modes, ranks, cores };
}
