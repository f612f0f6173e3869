import { checkOptions, type errorsOf, type OptionRules } from '@ttrec/core';

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

/** Overwrites `out`. Throws `bad-operand` of the package that made it. */
export type HostMatmul = (args: HostMatmulArgs) => void;

/**
 * @throws `PACKAGE/unknown-option`, `PACKAGE/bad-operand` (an extent that is no integer of at least 0, an array that is not
 *   float32 or is too short), with the errors of the package that multiplies
 */
export function checkHostMatmul(error: ReturnType<typeof errorsOf>, args: HostMatmulArgs): void {
  checkOptions(error, 'matmul', args, operandRules);
  const { a, b, out, m, n, k } = args;
  for (const [subject, extent] of Object.entries({ m, n, k })) {
    if (Number.isSafeInteger(extent) && extent >= 0) continue;
    throw error('bad-operand', { subject, rule: 'must be an integer of at least 0', got: extent });
  }
  const lengths = { a: m * k, b: k * n, out: m * n };
  for (const [subject, array] of Object.entries({ a, b, out })) {
    const length = lengths[subject as keyof typeof lengths];
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
