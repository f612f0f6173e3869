import { checkTT } from '../check.ts';
import { error } from '../error.ts';
import { exponentOf, largestOf, SAFE_EXPONENT, timesPowerOfTwo } from '../linear-algebra/powers-of-two.ts';
import { balance } from '../tt/balance.ts';
import { flatten, type FlatTT, type InFloat64, type TT } from '../tt/flat-tt.ts';
import { unflatten } from '../tt/unflatten.ts';
import { checkSameModes } from './same-modes.ts';

/**
 * The sum of two TTs of the same factors; the inner ranks add up. O(parameters of the sum).
 * Oseledets 2011, §4.1. `round` brings the ranks back down.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`
 */
export function add<T extends TT>(a: T, b: T): InFloat64<T> {
  checkSameModes('add', a, b);
  return unflatten(addFlat(flatten(a), flatten(b)), a);
}

/**
 * The difference of two TTs of the same factors; the inner ranks add up. O(parameters of the difference).
 * Oseledets 2011, §4.1.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`
 */
export function subtract<T extends TT>(a: T, b: T): InFloat64<T> {
  checkSameModes('subtract', a, b);
  return unflatten(addFlat(flatten(a), negated(flatten(b))), a);
}

/**
 * A TT times a number, of the same ranks. O(parameters).
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-finite`, `tensor-train/too-large`
 */
export function scale<T extends TT>(tt: T, factor: number): InFloat64<T> {
  checkTT('tt', tt);
  if (!Number.isFinite(factor))
    throw error('not-finite', { subject: 'factor', rule: 'must be a finite number', got: factor });
  const flat = flatten(tt);
  const first = flat.cores[0]!;
  const [size, power] = [exponentOf(largestOf(first)), exponentOf(factor)];
  const exponent = size + power;
  if (!Number.isFinite(exponent) || Math.abs(exponent) <= SAFE_EXPONENT)
    return unflatten({ ...flat, cores: [first.map((x) => x * factor), ...flat.cores.slice(1)] }, tt);
  const mantissa = timesPowerOfTwo(factor, -power);
  const scaled = first.map((x) => timesPowerOfTwo(x, -size) * mantissa);
  return unflatten({ ...flat, cores: [scaled, ...flat.cores.slice(1)], exponent }, tt);
}

/**
 * The Hadamard (elementwise) product of two TTs of the same factors; the ranks multiply.
 * O(sum over k of p_k q_k r_k s_k r_{k+1} s_{k+1}). Oseledets 2011, §4.3.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/different-factors`
 */
export function hadamard<T extends TT>(a: T, b: T): InFloat64<T> {
  checkSameModes('hadamard', a, b);
  const { x, y } = withSafeProducts(flatten(a), flatten(b));
  const cores = x.cores.map((core, k) => kronSlices(core, y.cores[k]!, { x, y, k }));
  const ranks = x.ranks.map((rank, k) => rank * y.ranks[k]!);
  return unflatten({ modes: x.modes, ranks, cores, exponent: x.exponent + y.exponent }, a);
}

/** Returns both TTs, balanced where products of their cores would leave the range of float64. */
export function withSafeProducts(x: FlatTT, y: FlatTT): { x: FlatTT; y: FlatTT } {
  const isSafe = x.cores.every((core, k) => {
    const [e, f] = [exponentOf(largestOf(core)), exponentOf(largestOf(y.cores[k]!))];
    return !Number.isFinite(e + f) || Math.abs(e + f) <= SAFE_EXPONENT;
  });
  return isSafe ? { x, y } : { x: balance(x), y: balance(y) };
}

/** Core k of the product: slice i is the Kronecker product of the slices i of both. */
function kronSlices(
  a: Float64Array,
  b: Float64Array,
  { x, y, k }: { x: FlatTT; y: FlatTT; k: number },
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

export function negated(tt: FlatTT): FlatTT {
  return { ...tt, cores: [tt.cores[0]!.map((value) => -value), ...tt.cores.slice(1)] };
}

/** The sum of two TTs of exponent 0: first cores side by side, last ones stacked, those between block diagonal. */
export function addFlat(a: FlatTT, b: FlatTT): FlatTT {
  const last = a.modes.length - 1;
  const ranks = a.ranks.map((rank, k) => (k === 0 || k > last ? 1 : rank + b.ranks[k]!));
  const cores = a.modes.map((mode, k) => {
    const [left, right] = [ranks[k]!, ranks[k + 1]!];
    const out = new Float64Array(left * mode * right);
    const place = (core: Float64Array, from: FlatTT, rowStart: number, columnStart: number) => {
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
  return { modes: a.modes, ranks, cores, exponent: 0 };
}
