import type { BadLine } from '../dataset.ts';
import { CATEGORIES, INTEGERS } from '../criteo/columns.ts';
import { readCriteoRows, ROWS_PER_BLOCK } from '../criteo/lines/read-rows.ts';
import { CriteoRows, ROW_BYTES } from '../criteo/rows.ts';
import { encodeBlock } from '../criteo/vocabularies/encoder.ts';
import type { ValueParts } from '../criteo/vocabularies/table-source.ts';
import { openScratch, type Scratch } from '../chunks/scratch.ts';
import { BadLines } from '../read/bad-lines.ts';
import type { BytesRead } from '../read/read-bytes.ts';
import type { SplitOfRow } from '../split/split.ts';
import { chunkIn, chunkMessage } from '../chunks/chunk-message.ts';
import { linePart } from './line-parts.ts';
import { from, gathered, type ReadingWorkers } from './reading-workers.ts';
import { sampleDigest } from './source-part.ts';

/** What workers know of each other's parts before they exchange rows. */
interface PartNews {
  readonly sample: string;
  readonly rows: number;
  readonly blocks: number;
  readonly lines: number;
  readonly badLines: { readonly count: number; readonly first: readonly BadLine[] };
}

/** How the values of parts are counted. */
export interface CountedParts {
  readonly values: ValueParts;
  /** Returns the split of each row, given the number of rows. */
  readonly splitOf: (rows: number) => SplitOfRow;
}

interface CriteoParts {
  readonly path: string;
  readonly workers: ReadingWorkers;
  readonly badLines: BadLines;
  readonly onBadLine: 'fail' | 'skip';
  readonly progress: BytesRead;
  /** Rows of more bytes are put into a temporary file. */
  readonly cacheBytes: number;
  /** Told how many rows of its part this worker has. */
  readonly onRows: (rows: number) => void;
  /** Undefined if values are not counted; blocks then hold values, not codes. */
  readonly counted: CountedParts | undefined;
}

/**
 * The rows of a Criteo file in the blocks of one reader, each worker having parsed a part of them.
 *
 * @returns undefined where every worker has to read the whole file: it is not cut, or a part has a fault, which only the whole can say in the right
 *   words
 */
export async function readCriteoParts(parts: CriteoParts): Promise<AsyncGenerator<CriteoRows> | undefined> {
  const own = await ownPart(parts);
  const news = await gathered(parts.workers, own?.news);
  if (!own || !news.every((each) => each?.sample === own.news.sample)) return undefined;
  return joinedBlocks(own, news as PartNews[], parts);
}

async function* joinedBlocks(
  own: OwnPart,
  news: readonly PartNews[],
  { workers, badLines, counted }: CriteoParts,
): AsyncGenerator<CriteoRows> {
  const codes = counted && (await mergedValues(own, counted.values, workers));
  const splitOf = counted?.splitOf(news.reduce((sum, { rows }) => sum + rows, 0));
  let lines = 0;
  let row = 0;
  let block = new CriteoRows(ROWS_PER_BLOCK);
  for (const [rank, each] of news.entries()) {
    badLines.addPart(each.badLines, lines);
    lines += each.lines;
    for (let b = 0; b < each.blocks; b++) {
      const mine = rank === workers.rank ? await own.takeBlock(b) : undefined;
      const rows = blockIn(await from(workers, rank, () => mine!));
      if (mine && splitOf) {
        const first = row;
        own.values!.count(
          rows,
          Uint8Array.from({ length: rows.length }, (_, i) => splitOf(first + i)),
        );
      }
      row += rows.length;
      if (codes) encodeBlock(rows, codes[rank]!);
      for (let start = 0; start < rows.length;) {
        start += append(block, rows, start);
        if (block.length < ROWS_PER_BLOCK) continue;
        yield block;
        block = new CriteoRows(ROWS_PER_BLOCK);
      }
    }
  }
  for (const [rank, each] of (codes ?? []).entries())
    counted!.values.mergeCounts(await columnsFrom(workers, rank, () => own.values!.counts()), each);
  if (block.length > 0) yield block;
}

/** Gives the values of all parts their codes, part by part. @returns by rank, column and code in the part */
async function mergedValues(
  own: OwnPart,
  values: ValueParts,
  workers: ReadingWorkers,
): Promise<Uint32Array[][]> {
  const codes: Uint32Array[][] = [];
  for (let rank = 0; rank < workers.size; rank++)
    codes.push(values.mergeValues(await columnsFrom(workers, rank, () => own.values!.values())));
  return codes;
}

/** Numbers by column that one of the workers has, for all of them. */
async function columnsFrom(
  workers: ReadingWorkers,
  rank: number,
  own: () => readonly Uint32Array[],
): Promise<Uint32Array[]> {
  return chunkIn(await from(workers, rank, () => chunkMessage(own()))) as Uint32Array[];
}

interface OwnPart {
  readonly news: PartNews;
  /** Of its rows, if values are counted. */
  readonly values: ReturnType<ValueParts['newPart']> | undefined;
  /** The message of a block, once. */
  takeBlock(at: number): Promise<Uint8Array>;
}

/** This worker's part; undefined where it has none or cannot read it. */
async function ownPart(parts: CriteoParts): Promise<OwnPart | undefined> {
  const { path, workers, onBadLine, progress, onRows } = parts;
  try {
    const part = await linePart(path, workers);
    if (!part) return undefined;
    const badLines = new BadLines(onBadLine);
    const blocks: ((() => Promise<Uint8Array>) | undefined)[] = [];
    const own = { read: part.read, isFirst: workers.rank === 0 };
    const values = parts.counted?.values.newPart();
    let rows = 0;
    let scratch: Scratch | undefined;
    for await (const block of readCriteoRows(path, badLines, progress, own)) {
      onRows((rows += block.length));
      if (rows * ROW_BYTES > parts.cacheBytes) scratch ??= await openScratch();
      values?.take(block);
      blocks.push(await put(blockMessage(block), scratch));
    }
    const { count, first } = badLines;
    const sample = await sampleDigest(path);
    return {
      values,
      news: { sample, rows, blocks: blocks.length, lines: part.lines(), badLines: { count, first } },
      takeBlock(at) {
        const taken = blocks[at]!();
        blocks[at] = undefined;
        return taken;
      },
    };
  } catch {
    // Reading the whole finds it again, or something before it.
    return undefined;
  }
}

/** Keeps bytes in memory, or in scratch if there is one. @returns what reads them */
async function put(bytes: Uint8Array, scratch: Scratch | undefined): Promise<() => Promise<Uint8Array>> {
  if (!scratch) return () => Promise.resolve(bytes);
  const { length } = bytes;
  const stored = await scratch.write(bytes);
  return async () => new Uint8Array(await scratch.read(stored, 0, length));
}

/** Bytes in front of the rows of a block: their number. */
const HEAD = 8;

function blockMessage({ bytes, length }: CriteoRows): Uint8Array {
  const message = new Uint8Array(HEAD + bytes.length);
  message.set(new Uint8Array(Uint32Array.of(length).buffer));
  message.set(bytes, HEAD);
  return message;
}

function blockIn(message: Uint8Array): CriteoRows {
  const [length] = new Uint32Array(message.slice(0, 4).buffer) as unknown as [number];
  return new CriteoRows(ROWS_PER_BLOCK, { buffer: message.slice(HEAD).buffer, length });
}

/** Adds rows from `start` on, as many as there is room for. @returns how many */
function append(to: CriteoRows, rows: CriteoRows, start: number): number {
  const count = Math.min(to.capacity - to.length, rows.length - start);
  for (const [name, width] of columns)
    (to[name] as Uint32Array).set(
      (rows[name] as Uint32Array).subarray(start * width, (start + count) * width),
      to.length * width,
    );
  to.length += count;
  return count;
}

/** The arrays of a block, and numbers of a row in each. */
const columns = [
  ['labels', 1],
  ['dense', INTEGERS],
  ['categories', CATEGORIES],
  ['emptyIntegers', 1],
  ['emptyCategories', 1],
] as const;
