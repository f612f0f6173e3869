import type { CriteoConfig } from '../../config/criteo.ts';
import type { TableReport } from '../../dataset.ts';
import { numEmbeddingsOf, type CriteoTableEncoding, type CriteoVocabulary } from '../../encoding/encoding.ts';
import { rowsForUnseen, unseenValue } from '../../ids/unseen.ts';
import { bucketsOf } from './buckets.ts';
import { categoryNames } from '../columns.ts';
import { rowLookup, type RowOf } from './encoder.ts';
import { hexOf } from './hex.ts';
import { ValueCounts } from './value-counts.ts';

/** Makes the tables of the 26 columns from one pass over the rows. */
export interface TableSource {
  /** Whether `add` needs to be called. */
  readonly needsValues: boolean;
  /** Takes the value of one row in column `c`. */
  add(value: number, isEmpty: boolean, c: number, isTrain: boolean): void;
  /** After the last row. */
  finish(rows: { readonly train: number; readonly heldOut: number }): EncodedTables;
}

export interface EncodedTables {
  readonly tables: readonly CriteoTableEncoding[];
  readonly rowOf: readonly RowOf[];
  readonly reports: readonly TableReport[];
}

/** Tables learnt from the training rows. */
export class TableLearner implements TableSource {
  readonly #ids: CriteoConfig['ids'];
  readonly #known: readonly CriteoTableEncoding[] | undefined;
  /** One per column, or none where ids are hashed. */
  readonly #counts: ValueCounts[];

  /** @param known tables whose values keep their rows */
  constructor(ids: CriteoConfig['ids'], known?: readonly CriteoTableEncoding[]) {
    this.#ids = ids;
    this.#known = known;
    this.#counts = ids.kind === 'vocabulary' ? categoryNames.map(() => new ValueCounts()) : [];
  }

  get needsValues(): boolean {
    return this.#ids.kind === 'vocabulary';
  }

  add(value: number, isEmpty: boolean, c: number, isTrain: boolean): void {
    this.#counts[c]!.add(value, isEmpty, isTrain);
  }

  finish(rows: { readonly train: number; readonly heldOut: number }): EncodedTables {
    const ids = this.#ids;
    if (ids.kind === 'hash') {
      const tables = categoryNames.map((table, c) => ({ table, kind: ids.kind, buckets: bucketsOf(ids, c) }));
      return { tables, rowOf: tables.map(rowLookup), reports: tables.map(hashReport) };
    }
    const tables: CriteoTableEncoding[] = [];
    const reports: TableReport[] = [];
    for (const table of categoryNames) {
      // Taken off the list, so that the counts of each column can be freed in turn.
      const counts = this.#counts.shift()!;
      const known = this.#known?.find((each) => each.table === table);
      const counted = counts.vocabulary(table, ids, known?.kind === 'vocabulary' ? known : undefined);
      if (ids.unseen === 'error' && counted.unseen) throw refusal(counted.vocabulary, counted.unseen);
      tables.push(counted.vocabulary);
      reports.push({
        table,
        kind: 'vocabulary',
        numEmbeddings: numEmbeddingsOf(counted.vocabulary),
        distinct: counted.distinct,
        unseen: ids.unseen,
        outOfVocabulary: {
          train: 1 - counted.known / rows.train,
          heldOut: rows.heldOut === 0 ? 0 : 1 - counted.knownHeldOut / rows.heldOut,
        },
      });
    }
    return { tables, rowOf: tables.map(rowLookup), reports };
  }
}

/** Tables of a given encoding. Unseen values are counted, or rejected if the table's policy is `error`. */
export class GivenTables implements TableSource {
  readonly needsValues = true;
  readonly #tables: readonly CriteoTableEncoding[];
  readonly #rowOf: readonly RowOf[];
  /** Per table, the first row of a value. */
  readonly #first: readonly number[];
  readonly #outside: number[];

  constructor(tables: readonly CriteoTableEncoding[]) {
    this.#tables = tables;
    this.#rowOf = tables.map(rowLookup);
    this.#first = tables.map((table) => (table.kind === 'hash' ? 1 : rowsForUnseen(table)));
    this.#outside = tables.map(() => 0);
  }

  /** @throws `data/unseen-value` */
  add(value: number, isEmpty: boolean, c: number): void {
    if (this.#rowOf[c]!(value, isEmpty) >= this.#first[c]!) return;
    this.#outside[c]!++;
    const table = this.#tables[c]!;
    if (table.kind === 'hash' || table.unseen !== 'error') return;
    throw refusal(table, { first: isEmpty ? '' : hexOf(value), values: 1 });
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
    return { tables: this.#tables, rowOf: this.#rowOf, reports };
  }
}

function refusal(
  vocabulary: CriteoVocabulary,
  { first, values }: { readonly first: string; readonly values: number },
): Error {
  const got = (first === '' ? 'an empty cell' : first) + (values > 1 ? ` and ${values - 1} more values` : '');
  return unseenValue(`column ${vocabulary.table}, held-out rows`, vocabulary, got);
}

function hashReport({ table, buckets }: { readonly table: string; readonly buckets: number }): TableReport {
  return { table, kind: 'hash', numEmbeddings: buckets };
}
