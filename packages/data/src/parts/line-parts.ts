import type { ByteReader } from '../read/read-files.ts';
import { openForRanges, packingOf } from '../read/read-bytes.ts';
import type { ReadingWorkers } from './reading-workers.ts';

export const NEWLINE = 10;
/** Bytes that are read at a time. */
const STEP = 1 << 18;

/** Fewer bytes a worker are not worth the messages. */
const LEAST_BYTES = 1 << 20;

/** A part of a file of lines. */
export interface LinePart {
  /** Reads the first lines of the file, and then this part of the rest. */
  readonly read: ByteReader;
  /** Line ends read so far, those of the first lines left out. */
  readonly lines: () => number;
}

type Ranges = Awaited<ReturnType<typeof openForRanges>>;

/**
 * The part of a worker of a file of lines: parts are cut at line ends, follow each other without gaps, and are the whole file together. A line end
 * inside of quotes is taken for one as well: the part before it then ends in an open quote.
 *
 * @param firstLines how many bytes at the start of the file every part begins with: a header
 * @returns undefined for a file that is not cut: packed, or too small
 * @throws `data/file-not-found`, `data/unreadable-file`, `data/changed-file`
 */
export async function linePart(
  path: string,
  { rank, size, leastBytes = LEAST_BYTES }: ReadingWorkers,
  firstLines?: (file: Ranges) => Promise<number>,
): Promise<LinePart | undefined> {
  const file = await openForRanges(path);
  try {
    const { byteLength: totalBytes } = file;
    if (totalBytes < size * leastBytes || (await packingOf(path))) return undefined;
    const first = (await firstLines?.(file)) ?? 0;
    const [start, end] = [await cut(file, first, rank / size), await cut(file, first, (rank + 1) / size)];
    let lines = 0;
    const read: ByteReader = async function* (_, progress) {
      progress.totalBytes = end - start;
      const own = await openForRanges(path, totalBytes);
      try {
        if (first > 0) yield new Uint8Array(await own.slice(0, first));
        for (let at = start; at < end; at += STEP) {
          const bytes = new Uint8Array(await own.slice(at, Math.min(end, at + STEP)));
          lines += lineEnds(bytes);
          progress.bytesRead += bytes.length;
          yield bytes;
        }
      } finally {
        await own.close();
      }
    };
    return { read, lines: () => lines };
  } finally {
    await file.close();
  }
}

/** Behind the first line end from a share of the bytes after `first` on. */
async function cut(file: Ranges, first: number, share: number): Promise<number> {
  const { byteLength } = file;
  if (share === 0) return first;
  for (let at = Math.max(first, Math.floor(first + (byteLength - first) * share) - 1); at < byteLength;) {
    const bytes = new Uint8Array(await file.slice(at, Math.min(byteLength, at + STEP)));
    const found = bytes.indexOf(NEWLINE);
    if (found >= 0) return at + found + 1;
    at += bytes.length;
  }
  return byteLength;
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
