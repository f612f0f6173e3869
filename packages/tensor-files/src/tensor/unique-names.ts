import { error } from '../error.ts';

/** @throws `tensor-files/duplicate-name` for the first name that comes twice */
export function requireUniqueNames(subject: string, named: Iterable<{ readonly name: string }>): void {
  const names = new Set<string>();
  for (const { name } of named) {
    if (names.has(name)) throw duplicateName(subject, name);
    names.add(name);
  }
}

export function duplicateName(subject: string, name: string): Error {
  return error('duplicate-name', { subject, rule: 'every name must appear once', got: `"${name}" twice` });
}
