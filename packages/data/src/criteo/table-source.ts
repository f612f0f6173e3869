import type { CriteoConfig } from '../config/criteo.ts';
import type { TableReport } from '../dataset.ts';
import { numEmbeddingsOf, type CriteoTableEncoding } from '../encoding/encoding.ts';
import { bucketsOf } from './buckets.ts';
import { categoryNames } from './columns.ts';
import { rowLookup, type RowOf } from './encoder.ts';
import { ValueCounts } from './value-counts.ts';

/** What a pass over the rows tells about the values of the 26 columns, and the tables that come of it. */
export interface TableSource {
  /** Whether `add` needs to be called at all. */
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
  /** One per column, or none where ids are hashed. */
  readonly #counts: ValueCounts[];

  constructor(ids: CriteoConfig['ids']) {
    this.#ids = ids;
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
      const counted = this.#counts.shift()!.vocabulary(table, ids);
      tables.push(counted.vocabulary);
      reports.push({
        table,
        kind: 'vocabulary',
        numEmbeddings: numEmbeddingsOf(counted.vocabulary),
        distinct: counted.distinct,
        outOfVocabulary: {
          train: 1 - counted.known / rows.train,
          heldOut: rows.heldOut === 0 ? 0 : 1 - counted.knownHeldOut / rows.heldOut,
        },
      });
    }
    return { tables, rowOf: tables.map(rowLookup), reports };
  }
}

/** Tables given by an encoding; only what they lack is counted. */
export class GivenTables implements TableSource {
  readonly needsValues = true;
  readonly #tables: readonly CriteoTableEncoding[];
  readonly #rowOf: readonly RowOf[];
  readonly #outside: number[];

  constructor(tables: readonly CriteoTableEncoding[]) {
    this.#tables = tables;
    this.#rowOf = tables.map(rowLookup);
    this.#outside = tables.map(() => 0);
  }

  add(value: number, isEmpty: boolean, c: number): void {
    if (this.#rowOf[c]!(value, isEmpty) === 0) this.#outside[c]!++;
  }

  finish(rows: { readonly heldOut: number }): EncodedTables {
    const reports = this.#tables.map((table, c): TableReport => {
      if (table.kind === 'hash') return hashReport(table);
      const outOfVocabulary = { train: 0, heldOut: this.#outside[c]! / rows.heldOut };
      return {
        table: table.table,
        kind: 'vocabulary',
        numEmbeddings: numEmbeddingsOf(table),
        outOfVocabulary,
      };
    });
    return { tables: this.#tables, rowOf: this.#rowOf, reports };
  }
}

function hashReport({ table, buckets }: { readonly table: string; readonly buckets: number }): TableReport {
  return { table, kind: 'hash', numEmbeddings: buckets };
}
