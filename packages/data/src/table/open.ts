import { BadLines } from '../read/bad-lines.ts';
import type { GivenTableConfig, TableConfig } from '../config/table.ts';
import { type OpenedDataset, type DatasetReport, type SplitName, type TableReport } from '../dataset.ts';
import { Digest } from '../digest.ts';
import { ENCODING_VERSION, type CsvEncoding } from '../encoding/encoding.ts';
import { encodingSchema } from '../encoding/encoding-schema.ts';
import { requireFit } from '../encoding/checks/require-fit.ts';
import type { CheckedOpenOptions, OpenOptions } from '../config/open-options.ts';
import { byteReader } from '../read/read-files.ts';
import { bySplit, checkTrainingRows } from '../split/split.ts';
import { openScratch, type Scratch } from '../chunks/scratch.ts';
import { boundaryHint } from '../split/column-split.ts';
import { encodeRows } from './encode-rows.ts';
import { columnsOf } from '../columns/columns-of.ts';
import { drawnItems } from '../stored-rows/drawn-items.ts';
import { itemColumns } from '../negatives/item-columns.ts';
import { readPairs } from '../negatives/read-pairs.ts';
import { withFeatures } from './with-features.ts';
import { refuseLabelLeak } from './label-leak.ts';
import { nameOfSource, readRecords } from '../records/read-records.ts';
import { severalOf } from '../parts/reading-workers.ts';
import { readTableParts } from '../parts/read-table-parts.ts';
import { RowReader } from './row-reader.ts';
import { readSideTable, type SideTable } from './side-table.ts';
import { rowLayout } from '../stored-rows/row-layout.ts';
import { holdOutAll, splitRows, type SplitRows } from './split-rows.ts';
import { WeightedRate } from './weighted-rate.ts';
import { MemoryReader } from '../stored-rows/row-readers.ts';
import { TableRows } from '../stored-rows/table-rows.ts';
import { inMemory, openStreamed, type RowAccess } from '../streamed/open-streamed.ts';

/** Rows that are shuffled together where not all are in memory. */
const STREAMED_WINDOW = 1 << 18;

/** Opens rows of named columns: reads them once, into memory or a temporary file. The paths of configs are resolved. */
export async function openTable(
  given: GivenTableConfig,
  options: Omit<CheckedOpenOptions, 'known'> & { readonly known: GivenTableConfig | undefined },
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
  const readerWith = (lines: BadLines) =>
    new RowReader({ config, sides, badLines: lines, scoring, extending });
  const { files, rows: handedIn } = options;
  const workers = severalOf(options.workers);
  let scratch: Scratch | undefined;
  const settle = async (reader: RowReader) => {
    if (reader.bytes > config.cacheBytes) scratch ??= await openScratch();
    if (scratch) await reader.store(scratch);
    return scratch;
  };
  const readWhole = async () => {
    const reader = readerWith(badLines);
    const source = { config, wanted: columnsOf(config), files, rows: handedIn };
    const pieces = readRecords(source, reader, badLines, { ...reading, phase: 'read' });
    while ((await pieces.next()).done !== true) await settle(reader);
    reader.finish();
    await settle(reader);
    return reader;
  };
  const parts = workers && { config, workers, files, readerWith, badLines, onProgress, settle };
  const reader = (parts && (await readTableParts(parts))) ?? (await readWhole());
  if (reader.rows === 0) throw badLines.noRows(name);
  const split = scoring
    ? holdOutAll(reader)
    : splitRows(reader, config.split, { seed, before: extending?.heldOut });
  const layout = layoutOf(config, reader);
  const known = options.known && (await readPairs(options.known, reader, options));
  const drawing = drawnItems(config, reader, split, { layout, seed, known });
  const positives = countPositives(reader, split.splits);
  const weighted =
    layout.weights === undefined || drawing ? undefined : new WeightedRate(layout, split.isTrain);
  const { tables, digest } = await encodeRows(reader, split, layout, {
    onProgress,
    onChunk: (chunk, firstRow) => {
      drawing?.rows.collect(chunk, firstRow);
      weighted?.collect(chunk, firstRow);
    },
  });
  const window = config.shuffleWindow ?? (scratch ? STREAMED_WINDOW : Infinity);
  const stored = { rows: split.rows, layout, drawn: drawing?.items(), order: { seed, window } };
  const { batches, close, rows, rowsAre, readingThread } = accessTo(reader, split, stored, {
    scratch,
    options,
  });
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
  const baseRate = scoring?.baseRate ?? weighted?.rate(name) ?? positives.train / rows.train;
  const learnt = { baseRate, heldOut: split.heldOut, logOddsShift: drawing?.report.logOddsShift };
  const encoding = scoring ?? encodingOf(config, reader, learnt);
  return {
    schema: encodingSchema(encoding),
    rows,
    positives,
    baseRate,
    encoding,
    digest: drawing ? new Digest().addJson([digest, config.negatives, seed]).finish() : digest,
    report: {
      ...reportOf(name, reader, tables),
      rowsAre,
      readingThread,
      negatives: drawing?.report,
      boundary: split.boundary,
    },
    batches,
    close,
  };
}

/** Only the rows are kept: dictionaries and columns under way are freed. */
function accessTo(
  { chunks: { held, stored } }: RowReader,
  { rowsOf, splits }: SplitRows,
  parts: Omit<ConstructorParameters<typeof TableRows>[0], 'readerOf'>,
  { scratch, options }: { readonly scratch: Scratch | undefined; readonly options: OpenOptions },
): RowAccess & Pick<TableRows, 'rows'> {
  const { drawn } = parts;
  if (scratch) {
    const plain = { ...parts, drawn: drawn && { ...drawn, sampler: drawn.sampler.state }, splits };
    const streamed = { format: 'table', place: scratch.place, chunks: stored, ...plain } as const;
    return openStreamed(streamed, scratch, options);
  }
  const readerOf = (name: SplitName) => new MemoryReader(held!, rowsOf[name]);
  const rows = new TableRows({ ...parts, readerOf });
  return { ...inMemory((of) => rows.batches(of)), rows: rows.rows };
}

function layoutOf({ weight, group }: TableConfig, { dense, features }: RowReader) {
  return rowLayout(dense, features, { weights: weight !== undefined, groups: group !== undefined });
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

function countPositives({ labels }: RowReader, splits: Uint8Array): Record<SplitName, number> {
  const positives = [0, 0, 0];
  splits.forEach((split, row) => (positives[split]! += labels.get(row)));
  return bySplit(positives);
}

function reportOf(
  source: string,
  reader: RowReader,
  tables: readonly TableReport[],
): Omit<DatasetReport, 'rowsAre' | 'readingThread'> {
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
