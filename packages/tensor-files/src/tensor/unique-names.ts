import { error } from '../error.ts';

/**
 * Returns the tensors that are to be written as a list, each with a name that no other has.
 * @throws `tensor-files/bad-tensor`, `tensor-files/duplicate-name`
 */
export function namedTensors<T extends { readonly name: string }>(
  subject: string,
  tensors: Iterable<T>,
): T[] {
  const given: unknown = tensors;
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) {
    throw error('bad-tensor', { subject, rule: 'tensors must be a list', got: given });
  }
  const list = [...tensors];
  const names = new Set<string>();
  list.forEach((tensor: Partial<T> | null | undefined, t) => {
    const name: unknown = tensor?.name;
    if (typeof name !== 'string') {
      throw error('bad-tensor', {
        subject: `${subject}: tensors[${t}], name`,
        rule: 'must be a string',
        got: name,
      });
    }
    if (names.has(name)) throw duplicateName(subject, name);
    names.add(name);
  });
  return list;
}

export function duplicateName(subject: string, name: string): Error {
  return error('duplicate-name', { subject, rule: 'every name must appear once', got: `"${name}" twice` });
}
