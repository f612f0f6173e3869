import type { RawRow } from '@ttrec/data/encoding';
import { typeName } from '@ttrec/core';
import { error } from './error.ts';

/**
 * The columns of a context that the encoder reads, which no candidate has.
 *
 * @throws `serving/bad-context`, `serving/column-twice`; the encoder checks the candidates
 */
export function contextOf(
  context: RawRow,
  candidates: readonly RawRow[],
  columns: readonly string[],
): RawRow {
  const given: unknown = context;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const rule = 'must be an object of values by column';
    throw error('bad-context', { subject: 'context', rule, got: typeName(given) });
  }
  const own = columns.filter((column) => Object.hasOwn(context, column));
  for (const column of own) {
    const at = Array.isArray(candidates) ? candidates.findIndex((candidate) => has(candidate, column)) : -1;
    if (at < 0) continue;
    throw error('column-twice', {
      subject: `candidate ${at}, column ${column}`,
      rule: 'must be in the context or in the candidates',
      got: 'both',
    });
  }
  return Object.fromEntries(own.map((column) => [column, context[column]!]));
}

/** Reading a value is faster than asking whether there is one. */
function has(candidate: unknown, column: string): boolean {
  const row = candidate as Readonly<Record<string, unknown>> | null | undefined;
  return row?.[column] !== undefined && Object.hasOwn(row, column);
}
