import type { Scratch } from '../chunks/scratch.ts';
import type { Section } from '../chunks/chunk.ts';
import type { OpenOptions } from '../config/open-options.ts';
import type { TableConfig } from '../config/table.ts';
import type { BadLine } from '../dataset.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader, type Files } from '../read/read-files.ts';
import { readRecords } from '../records/read-records.ts';
import { columnsOf } from '../columns/columns-of.ts';
import { rowLayout } from '../stored-rows/row-layout.ts';
import type { RowReader } from '../table/row-reader.ts';
import { chunkIn, chunkMessage } from '../chunks/chunk-message.ts';
import { ChunkCutter } from './chunk-cutter.ts';
import { from, gathered, type ReadingWorkers } from './reading-workers.ts';
import { sampleDigest, sourcePart, type SourcePart } from './source-part.ts';

/** What workers know of each other's parts before they exchange rows. */
interface PartNews {
  /** Of the file. */
  readonly sample: string;
  readonly header: readonly string[];
  readonly rows: number;
  readonly records: number;
  readonly filtered: number;
  readonly chunks: number;
  readonly lines: number;
  readonly badCells: Readonly<Record<string, number>>;
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
  readonly unmatched: Readonly<Record<string, number>>;
  /** By feature. */
  readonly missing: readonly number[];
}

export interface TableParts {
  readonly config: TableConfig & { readonly path?: string };
  readonly workers: ReadingWorkers;
  readonly files: Files | undefined;
  /** An empty reader, with bad lines of its own or those of the dataset. */
  readonly readerWith: (badLines: BadLines) => RowReader;
  readonly badLines: BadLines;
  readonly onProgress: OpenOptions['onProgress'];
  /** Stores what is too much for memory. */
  readonly settle: (reader: RowReader) => Promise<Scratch | undefined>;
}

/**
 * Reads a source with other workers: each parses a part, and all have the rows of all parts in the end, in the order and with the codes of one reader.
 *
 * @returns undefined where every worker has to read the whole source: it is not cut, a part has a fault, which only the whole can say in the right
 *   words, or a vocabulary is beyond its limit, so that what is dropped depends on what came before
 */
export async function readTableParts(parts: TableParts): Promise<RowReader | undefined> {
  const { config, workers, badLines, readerWith } = parts;
  const part = await ownPart(parts);
  const news = await gathered(workers, part?.news);
  if (!part || !news.every((each) => isLike(each, part.news))) return undefined;
  const reader = readerWith(badLines);
  reader.header(part.news.header);
  const codes = await mergedValues(part.reader, reader, workers);
  if ([...reader.tables.values()].some(({ isWhole }) => !isWhole)) return undefined;
  let lines = 0;
  const layout = rowLayout(reader.dense, reader.features, {
    weights: config.weight !== undefined,
    groups: config.group !== undefined,
  });
  const cutter = new ChunkCutter(layout, (sections) => reader.chunks.push(sections));
  for (const [rank, each] of (news as PartNews[]).entries()) {
    badLines.addPart(each.badLines, lines);
    lines += each.lines;
    reader.addPart(each, chunkIn(await from(workers, rank, () => chunkMessage(part.reader.rowNumbers))));
    for (let chunk = 0; chunk < each.chunks; chunk++) {
      const own = rank === workers.rank ? await part.reader.chunks.get(chunk) : [];
      const sections = chunkIn(await from(workers, rank, () => chunkMessage(own)));
      reader.features.forEach(({ table, hasCodes, multiValued }, f) => {
        const map = hasCodes && codes[rank]!.tables.get(table.name);
        if (map) renumber(sections, layout.features[f]!.first + Number(multiValued), map);
      });
      if (layout.groups !== undefined) renumber(sections, layout.groups, codes[rank]!.groups);
      cutter.push(sections, sections[layout.labels]!.length);
      await parts.settle(reader);
    }
  }
  cutter.finish();
  await parts.settle(reader);
  return reader;
}

/** Whether parts are of the same file and columns. @param news null for a part that was not read */
function isLike(news: PartNews | null, own: PartNews): boolean {
  return news?.sample === own.sample && JSON.stringify(news.header) === JSON.stringify(own.header);
}

interface OwnPart {
  readonly reader: RowReader;
  readonly news: PartNews;
}

/** This worker's part; undefined where it has none or cannot read it. */
async function ownPart(parts: TableParts): Promise<OwnPart | undefined> {
  const { config, workers, files } = parts;
  const badLines = new BadLines(config.onBadLine);
  const reader = parts.readerWith(badLines);
  try {
    const part = await sourcePart(config, files, workers);
    if (!part) return undefined;
    await readPart(part, reader, badLines, parts);
    const { names: header, rows, records, filtered, badCells, unmatched, chunks, features } = reader;
    const missing = features.map((feature) => feature.missing);
    const isWhole = [...reader.tables.values()].every((table) => table.isWhole);
    const news: PartNews = {
      ...{ header, rows, records, filtered, badCells, unmatched, missing },
      sample: await sampleDigest(config.path!),
      chunks: chunks.length,
      lines: part.lines?.lines() ?? 0,
      badLines: { count: badLines.count, first: badLines.first },
    };
    return isWhole ? { reader, news } : undefined;
  } catch {
    // Reading the whole finds it again, or something before it.
    return undefined;
  }
}

async function readPart(
  { lines, groups }: SourcePart,
  reader: RowReader,
  badLines: BadLines,
  { config, files, onProgress, settle }: TableParts,
): Promise<void> {
  const read = lines?.read ?? byteReader(files);
  const source = { config, wanted: columnsOf(config), files, rows: undefined, groups };
  const pieces = readRecords(source, reader, badLines, { phase: 'read', onProgress, read });
  while ((await pieces.next()).done !== true) await settle(reader);
  reader.finish();
  await settle(reader);
}

interface MergedCodes {
  /** By table, and then by code in the part; none where codes are ids. */
  readonly tables: ReadonlyMap<string, Uint32Array>;
  readonly groups: Uint32Array;
}

/** Gives the values of all parts their codes, part by part. @returns by rank */
async function mergedValues(
  own: RowReader,
  reader: RowReader,
  workers: ReadingWorkers,
): Promise<MergedCodes[]> {
  const merged: MergedCodes[] = [];
  for (let rank = 0; rank < workers.size; rank++) {
    const tables = new Map<string, Uint32Array>();
    for (const [name, table] of reader.tables) {
      if (!table.isCounted) continue;
      const part = own.tables.get(name)!;
      const codes = table.mergeValues(await from(workers, rank, () => part.partValues()));
      table.mergeCounts(await from(workers, rank, () => part.partCounts()), codes);
      tables.set(name, codes);
    }
    const groups = reader.mergeGroups(await from(workers, rank, () => own.groupValues()));
    merged.push({ tables, groups });
  }
  return merged;
}

/** Puts other codes, which may be larger, in the place of those of a section. */
function renumber(sections: Section[], at: number, map: Uint32Array): void {
  const codes = Uint32Array.from(sections[at]!);
  for (let i = 0; i < codes.length; i++) codes[i] = map[codes[i]!]!;
  sections[at] = codes;
}
