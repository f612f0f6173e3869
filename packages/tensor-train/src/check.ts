import { checkChoice as checkChoiceOf, checkOptions as checkOptionsOf } from '@ttrec/core/options';
import type { NdArray } from 'ndarray';
import { error } from './error.ts';
import type { FloatArray } from './float-array.ts';

/** The most rows of a table: ids are unsigned 32-bit integers. */
export const MAX_ROWS = 4294967296;

/**
 * Rejects what is not an integer from `lowest` to `highest`.
 *
 * @throws `tensor-train/<rule>` naming the subject, the limits and the value
 */
export function checkInteger(
  rule: string,
  subject: string,
  value: number,
  lowest = 1,
  highest = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return;
  const limits =
    highest >= Number.MAX_SAFE_INTEGER ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  throw error(rule, { subject, rule: `must be an integer ${limits}`, got: value });
}

/** `Array.isArray` that leaves the declared type as it is. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}

/** Rejects what is not a list of at least one positive integer (`tensor-train/bad-factors`). */
export function checkFactors(subject: string, factors: readonly number[]): void {
  if (!isList(factors) || factors.length === 0) {
    throw error('bad-factors', { subject, rule: 'must be a list of at least one factor', got: factors });
  }
  checkPositive('bad-factors', subject, factors);
}

/** Rejects lists in which not every value is an integer of at least 1, naming the first. */
export function checkPositive(rule: string, subject: string, values: readonly number[]): void {
  const at = values.findIndex((value) => !(Number.isSafeInteger(value) && value >= 1));
  if (at >= 0) checkInteger(rule, `${subject}[${at}]`, values[at]!);
}

/*
 * The checks below repeat at run time what the types say, for callers in plain JavaScript. Each is O(1) or O(d).
 */

/**
 * Rejects what is not an object, unknown names, and a `matmul` or `stream` of the wrong kind.
 *
 * @throws `tensor-train/bad-options`, `unknown-option`, `bad-function`, `no-stream`
 */
export function checkOptions<T extends object>(
  subject: string,
  options: T,
  known: readonly (keyof T & string)[],
): T {
  const rules = Object.fromEntries(known.map((name) => [name, 'any' as const]));
  checkOptionsOf(error, subject, options as Record<string, unknown>, rules);
  const { matmul, stream } = options as { matmul?: unknown; stream?: unknown };
  if (matmul !== undefined) checkFunction('matmul', matmul);
  if (stream !== undefined) checkStream(subject, stream);
  return options;
}

/** Rejects a word that is not one of the choices, with a suggestion. */
export function checkChoice(rule: string, subject: string, value: string, choices: readonly string[]): void {
  checkChoiceOf(error, rule, subject, value, choices);
}

/** Rejects what is not a random stream, naming the function that needs one. */
export function checkStream(user: string, stream: unknown): void {
  if (isRecord(stream) && typeof stream.child === 'function') return;
  throw error('no-stream', { subject: 'stream', rule: `must be a RandomStream for ${user}`, got: stream });
}

/** Rejects what is not an object, and returns the value. */
export function checkRecord<T extends object>(rule: string, subject: string, value: T): T {
  if (isRecord(value)) return value;
  throw error(rule, { subject, rule: 'must be an object', got: value });
}

/** @throws `tensor-train/bad-function` */
export function checkFunction(subject: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw error('bad-function', { subject, rule: 'must be a function', got: value });
}

/**
 * Rejects what is not a TT of the given kind.
 *
 * @throws `tensor-train/bad-tt`
 */
export function checkTT(subject: string, value: unknown, kind?: 'matrix' | 'tensor'): void {
  const isOne =
    isRecord(value) &&
    Array.isArray(value.cores) &&
    value.cores.length > 0 &&
    ((kind !== 'tensor' && isRecord(value.shape) && fitsMatrix(value.cores, value.shape)) ||
      (kind !== 'matrix' && fitsTensor(value.cores, value)));
  if (isOne) return;
  const rule = `must be a ${kind === undefined ? 'TT-matrix or TT-tensor' : `TT-${kind}`}`;
  throw error('bad-tt', { subject, rule, got: isRecord(value) ? Object.keys(value) : value });
}

function fitsMatrix(cores: readonly unknown[], shape: Record<string, unknown>): boolean {
  const { rowShape, colShape, ranks } = shape;
  return (
    Array.isArray(rowShape) &&
    Array.isArray(colShape) &&
    Array.isArray(ranks) &&
    cores.every((core, k) => isFloatArray(core, [rowShape[k], ranks[k], colShape[k], ranks[k + 1]]))
  );
}

function fitsTensor(cores: readonly unknown[], { modes, ranks }: Record<string, unknown>): boolean {
  return (
    Array.isArray(modes) &&
    Array.isArray(ranks) &&
    cores.every((core, k) => isFloatArray(core, [ranks[k], modes[k], ranks[k + 1]]))
  );
}

/** Whether a value is an ndarray of float32 or float64, within its data and of these lengths. */
function isFloatArray(value: unknown, lengths?: readonly unknown[]): value is NdArray<FloatArray> {
  if (!isRecord(value) || !(value.data instanceof Float32Array || value.data instanceof Float64Array))
    return false;
  const { shape, stride, offset, data } = value;
  if (!isIntegers(shape) || !isIntegers(stride) || shape.length !== stride.length || !isIntegers([offset]))
    return false;
  if (lengths !== undefined && (lengths.length !== shape.length || lengths.some((n, at) => n !== shape[at])))
    return false;
  const steps = shape.map((length, at) => (length - 1) * stride[at]!);
  const [first, last] = [Math.min, Math.max].map((end) =>
    steps.reduce((sum, step) => sum + end(0, step), offset as number),
  );
  return shape.every((length) => length >= 0) && (shape.includes(0) || (first! >= 0 && last! < data.length));
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(Number.isSafeInteger);
}

/**
 * Rejects what is not an ndarray of float32 or float64 with the given dimensions, such as `[N][D]`.
 *
 * @throws `tensor-train/bad-matrix`
 */
export function checkArray(subject: string, array: NdArray<FloatArray>, dimensions?: string): void {
  const count = dimensions?.match(/\[/g)?.length;
  if (isFloatArray(array) && (count === undefined || array.shape.length === count)) return;
  const rule = dimensions === undefined ? '' : ` with the dimensions ${dimensions}`;
  const got = isFloatArray(array) ? array.shape : isRecord(array) ? Object.keys(array) : array;
  throw error('bad-matrix', { subject, rule: `must be an ndarray of float32 or float64${rule}`, got });
}

/** @throws `tensor-train/bad-matrix` */
export function checkNumbers(subject: string, values: FloatArray): void {
  if (values instanceof Float32Array || values instanceof Float64Array) return;
  throw error('bad-matrix', { subject, rule: 'must be a Float32Array or a Float64Array', got: values });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
