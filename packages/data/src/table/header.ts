import { didYouMean } from '@ttrec/core';
import { error } from '../error.ts';

/** @throws `data/unknown-column` */
export function positionsOf(wanted: readonly string[], names: readonly string[], path: string): number[] {
  return wanted.map((name) => {
    const at = names.indexOf(name);
    if (at < 0) throw unknownColumn(name, names, path);
    return at;
  });
}

export function unknownColumn(name: string, names: Iterable<string>, path: string) {
  const known = [...names];
  return error('unknown-column', {
    subject: `${path}, column`,
    rule: 'must be one of those there',
    got: name,
    hint: [didYouMean(name, known), `It has ${known.join(', ')}.`].filter(Boolean).join(' '),
  });
}

export function duplicateColumn(name: string, path: string) {
  return error('duplicate-column', {
    subject: path,
    rule: 'each column must have a unique name, including joined columns',
    got: name,
  });
}
