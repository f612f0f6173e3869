import { error } from '../error.ts';

/** @throws `tensor-files/duplicate-name` if two have the same name */
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
