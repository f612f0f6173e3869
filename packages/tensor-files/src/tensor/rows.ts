import { product } from '@ttrec/core';
import { error } from '../error.ts';
import { bytesPerElement, type Dtype } from './dtype.ts';

/** Returns the bytes of a row, which has all axes but the first. */
export function rowBytes({
  dtype,
  shape,
}: {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}): number {
  return bytesPerElement(dtype) * product(shape.slice(1));
}

/** @throws `tensor-files/rows-out-of-range` */
export function checkRows(subject: string, shape: readonly number[], begin: number, end: number): void {
  const rows = shape[0];
  const valid = Number.isInteger(begin) && Number.isInteger(end) && begin >= 0 && begin <= end;
  if (rows !== undefined && valid && end <= rows) return;
  const rule =
    rows === undefined ? 'a scalar has no rows' : `rows must be two integers from 0 to ${rows}, in order`;
  throw error('rows-out-of-range', { subject, rule, got: [begin, end] });
}
