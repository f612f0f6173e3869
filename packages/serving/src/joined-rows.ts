import type { RawRow } from '@ttrec/data';
import { typeName } from '@ttrec/core';
import { error } from './error.ts';

/** @throws `serving/bad-context`, `serving/column-twice`; the encoder checks the rows */
export function joinedRows(
  context: RawRow,
  candidates: readonly RawRow[],
  columns: readonly string[],
): readonly RawRow[] {
  const given: unknown = context;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const rule = 'must be an object of values by column';
    throw error('bad-context', { subject: 'context', rule, got: typeName(given) });
  }
  if (!Array.isArray(candidates)) return candidates;
  const own = columns.filter((column) => Object.hasOwn(context, column));
  return candidates.map((candidate: RawRow, at) => {
    if (typeof candidate !== 'object' || (candidate as unknown) === null) return candidate;
    const twice = own.find((column) => Object.hasOwn(candidate, column));
    if (twice === undefined) return { ...candidate, ...context };
    throw error('column-twice', {
      subject: `candidate ${at}, column ${twice}`,
      rule: 'must be in the context or in the candidates',
      got: 'both',
    });
  });
}
