import type { errorsOf } from '@ttrec/core';
import { checkOptions, type OptionRules } from '@ttrec/core/options';

/** A product of matrices that lie in the caller's own arrays. */
export interface HostMatmulArgs {
  /** A, [m][k] row-major, or [k][m] with `transposeA`. */
  readonly a: Float32Array;
  /** B, [k][n] row-major, or [n][k] with `transposeB`. */
  readonly b: Float32Array;
  /** A B, [m][n] row-major; overwritten. */
  readonly out: Float32Array;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const operandRules: OptionRules<HostMatmulArgs> = {
  a: 'any',
  b: 'any',
  out: 'any',
  m: 'any',
  n: 'any',
  k: 'any',
  transposeA: 'boolean',
  transposeB: 'boolean',
};

const swapAxesRules: OptionRules<HostSwapAxesArgs> = {
  from: 'any',
  to: 'any',
  blocks: 'any',
  rows: 'any',
  pieces: 'any',
  length: 'any',
};

/** Overwrites `out`. Throws `bad-operand` of the package that made it. */
export interface HostMatmul {
  (args: HostMatmulArgs): void;
  /** Where arrays are copied faster than by JavaScript. Throws `bad-operand` likewise. */
  readonly swapAxes?: (args: HostSwapAxesArgs) => void;
}

/** [blocks][rows][pieces][length] as [blocks][pieces][rows][length]. */
export interface HostSwapAxesArgs {
  readonly from: Float32Array;
  readonly to: Float32Array;
  readonly blocks: number;
  readonly rows: number;
  readonly pieces: number;
  readonly length: number;
}

/**
 * @throws `PACKAGE/unknown-option`, `PACKAGE/bad-operand` (an extent that is no integer of at least 0, an array that is not
 *   float32 or is too short), with the errors of the package that multiplies
 */
export function checkHostMatmul(error: ReturnType<typeof errorsOf>, args: HostMatmulArgs): void {
  checkOptions(error, 'matmul', args, operandRules);
  const { a, b, out, m, n, k } = args;
  checkExtents(error, { m, n, k });
  checkArrays(error, { a: [a, m * k], b: [b, k * n], out: [out, m * n] });
}

/** @throws the same errors */
export function checkHostSwapAxes(error: ReturnType<typeof errorsOf>, args: HostSwapAxesArgs): void {
  checkOptions(error, 'swapAxes', args, swapAxesRules);
  const { from, to, blocks, rows, pieces, length } = args;
  checkExtents(error, { blocks, rows, pieces, length });
  const size = blocks * rows * pieces * length;
  checkArrays(error, { from: [from, size], to: [to, size] });
}

function checkExtents(error: ReturnType<typeof errorsOf>, extents: Readonly<Record<string, number>>): void {
  for (const subject in extents) {
    const got = extents[subject]!;
    if (Number.isSafeInteger(got) && got >= 0) continue;
    throw error('bad-operand', { subject, rule: 'must be an integer of at least 0', got });
  }
}

function checkArrays(
  error: ReturnType<typeof errorsOf>,
  arrays: Readonly<Record<string, readonly [array: Float32Array, length: number]>>,
): void {
  for (const [subject, [array, length]] of Object.entries(arrays)) {
    if (array instanceof Float32Array && array.length >= length) continue;
    const got =
      array instanceof Float32Array ? array.length : Object.prototype.toString.call(array).slice(8, -1);
    throw error('bad-operand', {
      subject,
      rule: `must be a Float32Array of at least ${length} numbers`,
      got,
    });
  }
}
