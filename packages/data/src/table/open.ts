import { BadLines } from '../read/bad-lines.ts';
import type { GivenTableConfig, TableConfig } from '../config/table.ts';
import {
  splitNames,
  type OpenedDataset,
  type DatasetReport,
  type SplitName,
  type TableReport,
} from '../dataset.ts';
import { Digest } from '../digest.ts';
import { ENCODING_VERSION, type CsvEncoding } from '../encoding/encoding.ts';
import { encodingSchema } from '../encoding/encoding-schema.ts';
import { requireFit } from '../encoding/require-fit.ts';
import type { CheckedOpenOptions } from '../config/open-options.ts';
import { byteReader } from '../read/read-files.ts';
import { checkTrainingRows } from '../split/split.ts';
import { storedBatches } from '../batches/stored-batches.ts';
import { boundaryHint } from '../split/column-split.ts';
import { ColumnStore, type DrawnItems } from './column-store.ts';
import { columnsOf } from './columns-of.ts';
import { drawnItems } from './drawn-items.ts';
import { itemColumns } from '../negatives/item-columns.ts';
import { withFeatures } from './with-features.ts';
import { refuseLabelLeak } from './label-leak.ts';
import { nameOfSource, readRecords } from '../records/read-records.ts';
import { RowReader } from './row-reader.ts';
import { readSideTable, type SideTable } from './side-table.ts';
import { holdOutAll, splitRows, type SplitRows } from './split-rows.ts';

/** Opens rows of named columns: reads them once, into memory. The config's paths are resolved. */
export async function openTable(
  given: GivenTableConfig,
  options: CheckedOpenOptions,
): Promise<OpenedDataset> {
  const { seed, onProgress } = options;
  const reading = { onProgress, read: byteReader(options.files) };
  const config = await withFeatures(given, options);
  const name = nameOfSource(config);
  refuseLabelLeak(config);
  itemColumns(config);
  const scoring = options.scoring && requireFit(config, options.scoring);
  const badLines = new BadLines(config.onBadLine);
  const sides: SideTable[] = [];
  for (const join of config.join) sides.push(await readSideTable(join, badLines, reading));
  const extending = options.extending && requireFit(config, options.extending);
  const reader = new RowReader({ config, sides, badLines, scoring, extending });
  const { files, rows: handedIn } = options;
  const source = { config, wanted: columnsOf(config), files, rows: handedIn };
  const pieces = readRecords(source, reader, badLines, { ...reading, phase: 'read' });
  while ((await pieces.next()).done !== true);
  if (reader.rows === 0) throw badLines.noRows(name);
  const split = scoring
    ? holdOutAll(reader)
    : splitRows(reader, config.split, { seed, before: extending?.heldOut });
  const positives = countPositives(reader, split.rowsOf);
  const drawn = drawnItems(config, reader, split.rowsOf, seed);
  const { tables, store } = encode(config, reader, split, drawn?.items);
  const { rows } = store;
  if (!scoring) {
    const { boundary } = split;
    const label = `label ${JSON.stringify(config.label)}`;
    checkTrainingRows({
      file: name,
      label,
      rows,
      positives,
      hint: boundary && boundaryHint(boundary),
    });
  }
  const baseRate = scoring?.baseRate ?? positives.train / rows.train;
  const learnt = { baseRate, heldOut: split.heldOut, logOddsShift: drawn?.report.logOddsShift };
  const encoding = scoring ?? encodingOf(config, reader, learnt);
  return {
    schema: encodingSchema(encoding),
    rows,
    positives,
    baseRate,
    encoding,
    digest: drawn ? new Digest().addJson([store.digest(), config.negatives, seed]).finish() : store.digest(),
    report: { ...reportOf(name, reader, tables), negatives: drawn?.report, boundary: split.boundary },
    // Only the store is kept: dictionaries and columns under way are freed.
    batches: batchesOf(store, { seed, window: rows.train + rows.validation + rows.test }),
  };
}

function batchesOf(store: ColumnStore, order: { seed: number; window: number }): OpenedDataset['batches'] {
  return (options) => storedBatches(store, order, options);
}

function encodingOf(
  { naValues }: TableConfig,
  reader: RowReader,
  learnt: Pick<CsvEncoding, 'baseRate' | 'heldOut' | 'logOddsShift'>,
): CsvEncoding {
  return {
    format: 'csv',
    version: ENCODING_VERSION,
    ...learnt,
    naValues: naValues.length > 0 ? naValues : undefined,
    dense: reader.dense.map((column) => column.encoding),
    features: reader.features.map((feature) => feature.encoding),
    tables: [...reader.tables.values()].map((table) => table.encoding),
  };
}

function encode(
  config: TableConfig,
  reader: RowReader,
  { rowsOf, isTrain }: SplitRows,
  drawn: DrawnItems | undefined,
) {
  for (const feature of reader.features) feature.prepare(reader.rows, isTrain);
  for (const table of reader.tables.values()) table.startCounting();
  for (const feature of reader.features) feature.count(reader.rows, isTrain);
  const tables = [...reader.tables.values()].map((table) => {
    const report = table.finish();
    table.release();
    return report;
  });
  const store = new ColumnStore({
    rowsOf,
    labels: reader.labels.take(reader.rows),
    dense: reader.dense.map((column) => column.finish(reader.rows, isTrain)),
    features: reader.features.map((feature) => feature.finish(reader.rows)),
    weights: config.weight === undefined ? undefined : reader.weights.take(reader.rows),
    groups: config.group === undefined ? undefined : reader.groups.take(reader.rows),
    drawn,
  });
  return { tables, store };
}

function countPositives(reader: RowReader, rowsOf: SplitRows['rowsOf']): Record<SplitName, number> {
  const positives = { train: 0, validation: 0, test: 0 };
  for (const split of splitNames) for (const row of rowsOf[split]) positives[split] += reader.labels.get(row);
  return positives;
}

function reportOf(source: string, reader: RowReader, tables: readonly TableReport[]): DatasetReport {
  const missing = [...reader.dense, ...reader.features].map(
    (column) => [column.name, column.missing] as const,
  );
  return {
    source,
    rowsRead: reader.records,
    ...(reader.filtered > 0 && { filtered: reader.filtered }),
    ...(Object.keys(reader.badCells).length > 0 && { badCells: reader.badCells }),
    badLines: { count: reader.badLines.count, first: reader.badLines.first },
    missing: Object.fromEntries(missing.filter(([, count]) => count > 0)),
    tables,
    unmatched: { ...reader.unmatched },
  };
}
