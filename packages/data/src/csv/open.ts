import { BadLines } from '../read/bad-lines.ts';
import type { CsvConfig, CsvSplit } from '../config/csv.ts';
import {
  splitNames,
  type OpenedDataset,
  type DatasetReport,
  type SplitName,
  type TableReport,
} from '../dataset.ts';
import { ENCODING_VERSION, type CsvEncoding, type HeldOut } from '../encoding/encoding.ts';
import { requireFit } from '../encoding/require-fit.ts';
import type { CheckedOpenOptions } from '../config/open-options.ts';
import { byteReader } from '../read/read-files.ts';
import {
  allTest,
  checkTrainingRows,
  lastSplit,
  randomSplit,
  requireBothClasses,
  TEST,
  TRAIN,
  VALIDATION,
  type SplitOfRow,
} from '../split/split.ts';
import { storedBatches } from '../batches/stored-batches.ts';
import { boundaryOf, type Boundary } from '../split/column-split.ts';
import { ColumnStore } from './column-store.ts';
import { refuseLabelLeak } from './label-leak.ts';
import { readRecords } from './read-records.ts';
import { RowReader } from './row-reader.ts';
import { readSideTable, type SideTable } from './side-table.ts';

/** Opens a CSV file: reads it once, into memory. The config's paths are resolved. */
export async function openCsv(config: CsvConfig, options: CheckedOpenOptions): Promise<OpenedDataset> {
  const { seed, onProgress } = options;
  const reading = { onProgress, read: byteReader(options.files) };
  refuseLabelLeak(config);
  const scoring = options.scoring && requireFit(config, options.scoring);
  const badLines = new BadLines(config.onBadLine);
  const sides: SideTable[] = [];
  for (const join of config.join) sides.push(await readSideTable(join, badLines, reading));
  const extending = options.extending && requireFit(config, options.extending);
  const reader = new RowReader({ config, sides, badLines, scoring, extending });
  await readRecords(config, reader, badLines, { ...reading, phase: 'read' });
  if (reader.rows === 0) throw badLines.noRows(config.path);
  const { split } = config;
  const boundary =
    split.by === 'column' && !scoring
      ? boundaryOf(split, reader.splitNumbers.take(reader.rows), extending?.heldOut)
      : undefined;
  const { rowsOf, isTrain } = splitRows(reader, scoring ? allTest : splitRule(reader, split, boundary, seed));
  const { rows, tables, store } = encode(reader, rowsOf, isTrain);
  const positives = countPositives(reader, rowsOf);
  if (!scoring) {
    checkTrainingRows(rows, config.path, boundary && boundaryHint(boundary));
    const subject = `${config.path}, label ${JSON.stringify(config.label)}`;
    requireBothClasses({ rows: rows.train, positives: positives.train, subject });
  }
  const share = (name: SplitName) => rows[name] / reader.rows;
  const heldOut = boundary?.isMoved
    ? extending?.heldOut
    : boundary && { validation: share('validation'), test: share('test') };
  const baseRate = scoring?.baseRate ?? positives.train / rows.train;
  return {
    schema: {
      dense: reader.dense.map((column) => column.name),
      features: reader.features.map(({ name, table, multiValued }) => {
        const { numEmbeddings } = tables.find((report) => report.table === table.name)!;
        return { name, table: table.name, numEmbeddings, multiValued };
      }),
    },
    rows,
    positives,
    baseRate,
    encoding: scoring ?? encodingOf(reader, baseRate, heldOut),
    digest: store.digest(),
    report: { ...reportOf(config.path, reader, tables), boundary },
    batches: (options) => storedBatches(store, { seed, window: reader.rows }, options),
  };
}

function encodingOf(reader: RowReader, baseRate: number, heldOut: HeldOut | undefined): CsvEncoding {
  return {
    format: 'csv',
    version: ENCODING_VERSION,
    baseRate,
    heldOut,
    dense: reader.dense.map((column) => column.encoding),
    features: reader.features.map((feature) => feature.encoding),
    tables: [...reader.tables.values()].map((table) => table.encoding),
  };
}

function boundaryHint({ column, validationFrom }: Boundary): string {
  return `Every ${column} is at least ${validationFrom}: set another boundary, or hold out a share ("test": 0.1).`;
}

function splitRule(
  reader: RowReader,
  split: CsvSplit,
  boundary: Boundary | undefined,
  seed: number,
): SplitOfRow {
  if (split.by === 'random') return randomSplit(split, seed);
  if (split.by === 'last') return lastSplit(split, reader.rows);
  const { testFrom, validationFrom } = boundary!;
  return (row) => {
    const number = reader.splitNumbers.get(row);
    return number >= testFrom ? TEST : number >= validationFrom ? VALIDATION : TRAIN;
  };
}

function splitRows(reader: RowReader, splitOf: SplitOfRow) {
  const splits = Uint8Array.from({ length: reader.rows }, (_, row) => splitOf(row));
  const rowsIn = (wanted: number) => {
    const rows = new Uint32Array(splits.reduce((count, found) => count + Number(found === wanted), 0));
    let at = 0;
    splits.forEach((found, row) => {
      if (found === wanted) rows[at++] = row;
    });
    return rows;
  };
  const rowsOf = { train: rowsIn(TRAIN), validation: rowsIn(VALIDATION), test: rowsIn(TEST) };
  return { rowsOf, isTrain: (row: number) => splits[row] === TRAIN };
}

function encode(
  reader: RowReader,
  rowsOf: Record<SplitName, Uint32Array>,
  isTrain: (row: number) => boolean,
) {
  for (const table of reader.tables.values()) table.startCounting();
  for (const feature of reader.features) feature.count(reader.rows, isTrain);
  const tables = [...reader.tables.values()].map((table) => table.finish());
  const store = new ColumnStore({
    rowsOf,
    labels: reader.labels.take(reader.rows),
    dense: reader.dense.map((column) => column.finish(reader.rows, isTrain)),
    features: reader.features.map((feature) => feature.finish(reader.rows)),
  });
  return { rows: store.rows, tables, store };
}

function countPositives(
  reader: RowReader,
  rowsOf: Record<SplitName, Uint32Array>,
): Record<SplitName, number> {
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
    badLines: { count: reader.badLines.count, first: reader.badLines.first },
    missing: Object.fromEntries(missing.filter(([, count]) => count > 0)),
    tables,
    unmatched: { ...reader.unmatched },
  };
}
