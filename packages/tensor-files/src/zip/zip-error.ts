import { error } from '../error.ts';

/** @throws `tensor-files/zip-directory` for a number past 2^53 */
export function exact(name: string, value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw badDirectory(name, 'sizes and places must lie below 2^53', value.toString());
}

export function badDirectory(name: string, rule: string, got: unknown): Error {
  return error('zip-directory', { subject: name, rule, got });
}
