import type { CriteoConfig } from '../config/criteo.ts';
import type { TableReport } from '../dataset.ts';
import { bucketOf, mix32 } from '../hash.ts';
import { CATEGORIES, categoryNames } from './columns.ts';
import type { CriteoRows } from './rows.ts';
import type { CriteoVocabulary, ValueCounts } from './value-counts.ts';

/** Puts the rows of the 26 tables in place of the values of `rows.categories`. Call it once per block. */
export type Encoder = (rows: CriteoRows) => void;

/** Values by frequency. Takes the counts of the 26 columns and empties the list, so that each can be freed in turn. */
export function vocabularyEncoder(
  ids: Extract<CriteoConfig['ids'], { kind: 'vocabulary' }>,
  counts: ValueCounts[],
  rows: { readonly train: number; readonly heldOut: number },
): { encode: Encoder; tables: TableReport[] } {
  const vocabularies: CriteoVocabulary[] = [];
  const tables: TableReport[] = [];
  for (const table of categoryNames) {
    const vocabulary = counts.shift()!.vocabulary(ids);
    vocabularies.push(vocabulary);
    const outOfVocabulary = {
      train: 1 - vocabulary.known / rows.train,
      heldOut: rows.heldOut === 0 ? 0 : 1 - vocabulary.knownHeldOut / rows.heldOut,
    };
    const { numEmbeddings, distinct } = vocabulary;
    tables.push({ table, kind: 'vocabulary', numEmbeddings, distinct, outOfVocabulary });
  }
  const encode: Encoder = (block) => {
    encodeEach(block, (value, isEmpty, c) => {
      const vocabulary = vocabularies[c]!;
      return isEmpty ? vocabulary.emptyRow : vocabulary.rows.get(value);
    });
  };
  return { encode, tables };
}

/** Values by hashing: row 0 for an empty cell, otherwise 1 + mix32(value) mod (buckets - 1). */
export function hashEncoder(ids: Extract<CriteoConfig['ids'], { kind: 'hash' }>): {
  encode: Encoder;
  tables: TableReport[];
} {
  const buckets = categoryNames.map((_, c) =>
    typeof ids.buckets === 'number' ? ids.buckets : ids.buckets[c]!,
  );
  const tables = categoryNames.map((table, c): TableReport => ({
    table,
    kind: 'hash',
    numEmbeddings: buckets[c]!,
  }));
  const encode: Encoder = (block) => {
    encodeEach(block, (value, isEmpty, c) => (isEmpty ? 0 : bucketOf(mix32(value), buckets[c]!)));
  };
  return { encode, tables };
}

function encodeEach(
  block: CriteoRows,
  rowOf: (value: number, isEmpty: boolean, column: number) => number,
): void {
  const { categories } = block;
  for (let row = 0; row < block.length; row++) {
    const empty = block.emptyCategories[row]!;
    for (let c = 0; c < CATEGORIES; c++) {
      const at = row * CATEGORIES + c;
      categories[at] = rowOf(categories[at]!, ((empty >>> c) & 1) === 1, c);
    }
  }
}
