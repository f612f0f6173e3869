import { counted } from '@ttrec/core';
import type { VocabularyIds } from '../../config/common.ts';
import type { CriteoConfig } from '../../config/criteo.ts';
import type { TableReport } from '../../dataset.ts';
import { numEmbeddingsOf, type CriteoTableEncoding, type CriteoVocabulary } from '../../encoding/encoding.ts';
import { rowsForUnseen, unseenValue } from '../../ids/unseen.ts';
import { bucketsOf } from './buckets.ts';
import { CATEGORIES, categoryNames } from '../columns.ts';
import { rowLookup, type RowOf } from './encoder.ts';
import { hexOf } from './hex.ts';
import { ColumnValues } from './column-values.ts';
import type { CriteoRows } from '../rows.ts';

/** Makes the tables of the 26 columns from one pass over the rows. */
export interface TableSource {
  /** Puts codes in the place of the values of a block, or rows where they are known. Blocks come in order. @throws `data/unseen-value` */
  take(block: CriteoRows): void;
  /** Counts a block that was taken. @param splits of its rows */
  count(block: CriteoRows, splits: Uint8Array): void;
  /** The values of a block, by row and column; undefined if the block holds them, as all do but those of merged parts, which hold codes. */
  valuesOf(block: CriteoRows): Uint32Array | undefined;
  /** What parts of the rows are merged into; undefined for a source that counts no values. */
  readonly parts?: ValueParts | undefined;
  /** After the last row. */
  finish(rows: { readonly train: number; readonly heldOut: number }): EncodedTables;
}

/** Merges the values and counts that several workers have taken of parts of the rows. Blocks of merged parts hold the codes of all rows. */
export interface ValueParts {
  /** Returns an empty source for a part. */
  newPart(): Pick<TableSource, 'take' | 'count'> & {
    /** By column. */
    values(): Uint32Array[];
    counts(): Uint32Array[];
  };
  /** In the order of the parts. @returns by column, the code of each value by its code in the part */
  mergeValues(values: readonly Uint32Array[]): Uint32Array[];
  mergeCounts(counts: readonly Uint32Array[], codes: readonly Uint32Array[]): void;
}

export interface EncodedTables {
  readonly tables: readonly CriteoTableEncoding[];
  readonly reports: readonly TableReport[];
  /** By column and code; undefined where blocks have rows already. */
  readonly rowOfCode: readonly Uint32Array[] | undefined;
}

type HashIds = Extract<CriteoConfig['ids'], { kind: 'hash' }>;

/** Learns the tables of `ids`. @param known tables whose values keep their rows */
export function tableLearner(
  ids: CriteoConfig['ids'],
  known: readonly CriteoTableEncoding[] | undefined,
): TableSource {
  return ids.kind === 'hash' ? new GivenTables(hashTables(ids)) : new VocabularyLearner(ids, known);
}

function hashTables(ids: HashIds): CriteoTableEncoding[] {
  return categoryNames.map((table, c) => ({ table, kind: 'hash', buckets: bucketsOf(ids, c) }));
}

/** Vocabularies learnt from the training rows. */
class VocabularyLearner implements TableSource, ValueParts {
  readonly #ids: VocabularyIds;
  readonly #known: readonly CriteoTableEncoding[] | undefined;
  readonly #columns = categoryNames.map((_, c) => new ColumnValues(c));
  /** Whether blocks come with codes, and counts from their parts. */
  #isMerged = false;
  /** By column and code, once all parts are merged. */
  #values: readonly Uint32Array[] | undefined;

  constructor(ids: VocabularyIds, known: readonly CriteoTableEncoding[] | undefined) {
    this.#ids = ids;
    this.#known = known;
  }

  take(block: CriteoRows): void {
    if (!this.#isMerged) for (const column of this.#columns) column.take(block);
  }

  count(block: CriteoRows, splits: Uint8Array): void {
    if (!this.#isMerged) for (const column of this.#columns) column.count(block, splits);
  }

  valuesOf({ categories, length }: CriteoRows): Uint32Array | undefined {
    if (!this.#isMerged) return undefined;
    const byCode = (this.#values ??= this.values());
    const values = new Uint32Array(length * CATEGORIES);
    for (const [c, own] of byCode.entries())
      for (let at = c; at < values.length; at += CATEGORIES) values[at] = own[categories[at]!]!;
    return values;
  }

  get parts(): ValueParts {
    return this;
  }

  newPart(): VocabularyLearner {
    return new VocabularyLearner(this.#ids, undefined);
  }

  values(): Uint32Array[] {
    return this.#columns.map((column) => column.values());
  }

  counts(): Uint32Array[] {
    return this.#columns.map((column) => column.counts());
  }

  mergeValues(values: readonly Uint32Array[]): Uint32Array[] {
    this.#isMerged = true;
    return this.#columns.map((column, c) => column.mergeValues(values[c]!));
  }

  mergeCounts(counts: readonly Uint32Array[], codes: readonly Uint32Array[]): void {
    this.#columns.forEach((column, c) => column.mergeCounts(counts[c]!, codes[c]!));
  }

  finish(rows: { readonly train: number; readonly heldOut: number }): EncodedTables {
    this.#values = undefined;
    const ids = this.#ids;
    const tables: CriteoTableEncoding[] = [];
    const reports: TableReport[] = [];
    const rowOfCode: Uint32Array[] = [];
    for (const table of categoryNames) {
      // Taken off the list, so that the values of each column can be freed in turn.
      const column = this.#columns.shift()!;
      const known = this.#known?.find((each) => each.table === table);
      const found = column.vocabulary(table, ids, known?.kind === 'vocabulary' ? known : undefined);
      if (ids.unseen === 'error' && found.unseen) throw refusal(found.vocabulary, found.unseen);
      tables.push(found.vocabulary);
      rowOfCode.push(found.rowOfCode);
      reports.push({
        table,
        kind: 'vocabulary',
        numEmbeddings: numEmbeddingsOf(found.vocabulary),
        distinct: found.distinct,
        unseen: ids.unseen,
        outOfVocabulary: {
          train: 1 - found.known / rows.train,
          heldOut: rows.heldOut === 0 ? 0 : 1 - found.knownHeldOut / rows.heldOut,
        },
      });
    }
    return { tables, rowOfCode, reports };
  }
}

/** Tables of a given encoding, or hashed ones. Unseen values are counted, or rejected if the table's policy is `error`. */
export class GivenTables implements TableSource {
  readonly #tables: readonly CriteoTableEncoding[];
  readonly #rowOf: readonly RowOf[];
  readonly #outside: number[];

  constructor(tables: readonly CriteoTableEncoding[]) {
    this.#tables = tables;
    this.#rowOf = tables.map(rowLookup);
    this.#outside = tables.map(() => 0);
  }

  take({ categories, emptyCategories, length }: CriteoRows): void {
    for (const [c, table] of this.#tables.entries()) {
      const rowOf = this.#rowOf[c]!;
      const first = table.kind === 'hash' ? 0 : rowsForUnseen(table);
      for (let row = 0, at = c; row < length; row++, at += CATEGORIES) {
        const value = categories[at]!;
        const isEmpty = ((emptyCategories[row]! >>> c) & 1) === 1;
        const id = rowOf(value, isEmpty);
        categories[at] = id;
        if (id >= first) continue;
        this.#outside[c]!++;
        if (table.kind === 'vocabulary' && table.unseen === 'error')
          throw refusal(table, { first: isEmpty ? '' : hexOf(value), values: 1 });
      }
    }
  }

  count(): void {
    // They are counted as they are taken.
  }

  valuesOf(): undefined {
    // Blocks come with values.
  }

  finish(rows: { readonly heldOut: number }): EncodedTables {
    const reports = this.#tables.map((table, c): TableReport => {
      if (table.kind === 'hash') return hashReport(table);
      const outOfVocabulary = { train: 0, heldOut: this.#outside[c]! / rows.heldOut };
      return {
        table: table.table,
        kind: 'vocabulary',
        numEmbeddings: numEmbeddingsOf(table),
        unseen: table.unseen ?? 'oov',
        outOfVocabulary,
      };
    });
    return { tables: this.#tables, rowOfCode: undefined, reports };
  }
}

function refusal(
  vocabulary: CriteoVocabulary,
  { first, values }: { readonly first: string; readonly values: number },
): Error {
  const got =
    (first === '' ? 'an empty cell' : first) +
    (values > 1 ? ` and ${counted(values - 1, 'more value')}` : '');
  return unseenValue(`column ${vocabulary.table}, held-out rows`, vocabulary, got);
}

function hashReport({ table, buckets }: { readonly table: string; readonly buckets: number }): TableReport {
  return { table, kind: 'hash', numEmbeddings: buckets };
}
