import { error } from '../error.ts';
import { bucketOf, murmur3 } from '../ids/hash.ts';
import { rowsForUnseen, unseenRow } from '../ids/unseen.ts';
import type { CsvTableEncoding, CsvVocabulary } from './encoding.ts';

/**
 * The row of each value of a CSV column, where '' is a missing value. Hashed tables: row 0 for a missing value, otherwise
 * 1 + murmur3(value) mod (buckets - 1). Vocabularies: values that they lack get one of the rows before the values, by murmur3(value).
 *
 * @param positionOf the position of a value in the vocabulary, or undefined; by default a map of the values, O(V) to make
 * @throws `data/bad-encoding` if the vocabulary holds a value twice
 */
export function csvRowLookup(
  table: CsvTableEncoding,
  positionOf?: (value: string) => number | undefined,
): (value: string) => number {
  if (table.kind === 'hash') {
    return (value) => (value === '' ? 0 : bucketOf(murmur3(value), table.buckets));
  }
  if (table.kind === 'row') return Number;
  const first = rowsForUnseen(table);
  const find = positionOf ?? positionsIn(table);
  return (value) => {
    const position = find(value);
    return position === undefined ? unseenRow(table, murmur3(value)) : first + position;
  };
}

/** The position of a value of a vocabulary. O(V) to make. @throws `data/bad-encoding` if it holds a value twice */
export function positionsIn(table: CsvVocabulary): (value: string) => number | undefined {
  const positions = new Map<string, number>();
  for (const value of table.values) {
    if (positions.has(value)) throw repeatedValue(table, positions.size);
    positions.set(value, positions.size);
  }
  return (value) => positions.get(value);
}

/** `data/bad-encoding` for a value that came before. */
export function repeatedValue(table: CsvVocabulary, position: number): Error {
  return error('bad-encoding', {
    subject: `encoding, table ${table.table}, row ${rowsForUnseen(table) + position}`,
    rule: 'each value must come once',
    got: table.values.at(position),
  });
}
