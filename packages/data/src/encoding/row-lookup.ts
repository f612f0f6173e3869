import { error } from '../error.ts';
import { bucketOf, murmur3 } from '../ids/hash.ts';
import { rowsForUnseen, unseenRow } from '../ids/unseen.ts';
import type { CsvTableEncoding, CsvVocabulary } from './encoding.ts';

/**
 * The row of a table for each value of a CSV column; '' is a missing one. By hashing: row 0 for a missing value, otherwise
 * 1 + murmur3(value) mod (buckets - 1). By vocabulary: for what it lacks, one of the rows before its values, by murmur3(value).
 *
 * @param positionOf where a value is in the vocabulary, undefined where it is not; a map of its values by default, O(V) to make
 * @throws `data/bad-encoding` if the vocabulary holds a value twice
 */
export function csvRowLookup(
  table: CsvTableEncoding,
  positionOf?: (value: string) => number | undefined,
): (value: string) => number {
  if (table.kind === 'hash') {
    return (value) => (value === '' ? 0 : bucketOf(murmur3(value), table.buckets));
  }
  const first = rowsForUnseen(table);
  const find = positionOf ?? positionsIn(table);
  return (value) => {
    const position = find(value);
    return position === undefined ? unseenRow(table, murmur3(value)) : first + position;
  };
}

function positionsIn(table: CsvVocabulary): (value: string) => number | undefined {
  const positions = new Map<string, number>();
  table.values.forEach((value, position) => {
    if (positions.has(value)) throw repeatedValue(table, position);
    positions.set(value, position);
  });
  return (value) => positions.get(value);
}

/** `data/bad-encoding` for a value that came before. */
export function repeatedValue(table: CsvVocabulary, position: number): Error {
  return error('bad-encoding', {
    subject: `encoding, table ${table.table}, row ${rowsForUnseen(table) + position}`,
    rule: 'each value must come once',
    got: table.values[position],
  });
}
