import type { CriteoConfig } from '../config/criteo.ts';
import type { Dataset, DatasetReport, ProgressListener, TableReport } from '../dataset.ts';
import { bySplit, checkTrainingRows, lastSplit, randomSplit, TRAIN, type SplitOfRow } from '../split.ts';
import { storedBatches } from '../stored-batches.ts';
import { CATEGORIES, categoryNames, INTEGERS, integerNames } from './columns.ts';
import { hashEncoder, vocabularyEncoder } from './encoder.ts';
import { CriteoRowStore } from './row-store.ts';
import type { CriteoRows } from './rows.ts';
import { CriteoSource } from './source.ts';
import { streamedBatches } from './streamed-batches.ts';
import { ValueCounts } from './value-counts.ts';

/**
 * Opens a Criteo file: one pass for counts and vocabularies, one more before it if the split needs the number of
 * rows, unless the rows stay in memory.
 */
export async function openCriteo(
  config: CriteoConfig,
  path: string,
  { seed, onProgress }: { readonly seed: number; readonly onProgress?: ProgressListener | undefined },
): Promise<Dataset> {
  const source = new CriteoSource(config, path, onProgress);
  const splitOf =
    config.split.by === 'random'
      ? randomSplit(config.split, seed)
      : lastSplit(config.split, await countRows(source));
  const tally = new Tally(config.ids.kind === 'vocabulary');
  for await (const block of source.blocks('vocabulary')) tally.add(block, splitOf);
  const rows = bySplit(tally.rows);
  checkTrainingRows(rows, path);
  const { encode, tables } =
    config.ids.kind === 'vocabulary'
      ? vocabularyEncoder(config.ids, tally.values, {
          train: rows.train,
          heldOut: rows.validation + rows.test,
        })
      : hashEncoder(config.ids);
  const parts = { source, encode, splitOf, rows, seed, window: config.shuffleWindow };
  return {
    schema: {
      dense: integerNames,
      features: tables.map(({ table, numEmbeddings }) => ({
        name: table,
        table,
        numEmbeddings,
        multiValued: false,
      })),
    },
    rows,
    positives: bySplit(tally.positives),
    baseRate: tally.positives[TRAIN]! / rows.train,
    report: reportOf(source, tally, tables),
    batches: batchesOf(parts),
  };
}

function batchesOf(parts: Parameters<typeof streamedBatches>[0]): Dataset['batches'] {
  const blocks = parts.source.cached;
  if (blocks === undefined) return (options) => streamedBatches(parts, options);
  for (const block of blocks) parts.encode(block);
  const store = new CriteoRowStore(blocks, parts.splitOf, parts.rows);
  return (options) => storedBatches(store, parts, options);
}

async function countRows(source: CriteoSource): Promise<number> {
  let rows = 0;
  for await (const block of source.blocks('count')) rows += block.length;
  return rows;
}

function reportOf(source: CriteoSource, tally: Tally, tables: readonly TableReport[]): DatasetReport {
  const counts = [...tally.missing].map(
    (count, i) => [[...integerNames, ...categoryNames][i]!, count] as const,
  );
  return {
    source: source.path,
    rowsRead: source.rows,
    badLines: { count: source.badLines.count, first: source.badLines.first },
    missing: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    tables,
    unmatched: {},
  };
}

/** What the pass over all rows counts. */
class Tally {
  /** In the order of `splitNames`. */
  readonly rows = [0, 0, 0];
  readonly positives = [0, 0, 0];
  /** [39] Empty cells of I1 … I13, C1 … C26. */
  readonly missing = new Float64Array(INTEGERS + CATEGORIES);
  /** One per categorical column, or none where ids are hashed. */
  readonly values: ValueCounts[];
  #row = 0;

  constructor(countsValues: boolean) {
    this.values = countsValues ? categoryNames.map(() => new ValueCounts()) : [];
  }

  add(block: CriteoRows, splitOf: SplitOfRow): void {
    for (let i = 0; i < block.length; i++) {
      const split = splitOf(this.#row++);
      this.rows[split]!++;
      this.positives[split]! += block.labels[i]!;
      this.#addMissing(block.emptyIntegers[i]!, 0);
      this.#addMissing(block.emptyCategories[i]!, INTEGERS);
      this.#addValues(block, i, split === TRAIN);
    }
  }

  #addMissing(mask: number, first: number): void {
    for (let rest = mask, at = first; rest !== 0; rest >>>= 1, at++) this.missing[at]! += rest & 1;
  }

  #addValues(block: CriteoRows, row: number, isTrain: boolean): void {
    const empty = block.emptyCategories[row]!;
    for (let c = 0; c < this.values.length; c++) {
      this.values[c]!.add(block.categories[row * CATEGORIES + c]!, ((empty >>> c) & 1) === 1, isTrain);
    }
  }
}
