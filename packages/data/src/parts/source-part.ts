import { bytesOf } from '../cells/cells.ts';
import type { TableConfig } from '../config/table.ts';
import { CsvSplitter } from '../csv/splitter.ts';
import { Digest } from '../digest.ts';
import { isAddress } from '../parquet/file.ts';
import { openForRanges } from '../read/read-bytes.ts';
import type { Files } from '../read/read-files.ts';
import { MAX_CSV_HEADER } from '../read/limits.ts';
import { linePart, type LinePart, NEWLINE } from './line-parts.ts';
import type { ReadingWorkers } from './reading-workers.ts';

/** A part of a source. */
export interface SourcePart {
  /** Of files of lines. */
  readonly lines?: LinePart | undefined;
  /** Of the groups of rows of a Parquet file. */
  readonly groups?: { readonly rank: number; readonly size: number } | undefined;
}

/** Places of a file that workers compare, and bytes at each. */
const [SAMPLES, SAMPLE_BYTES] = [16, 1 << 16];

/**
 * What a worker reads of a source; undefined for one that every worker reads whole: rows and queries, archives, addresses, files that are handed in or
 * small, and configs whose rows depend on each other.
 */
export async function sourcePart(
  config: TableConfig,
  files: Files | undefined,
  workers: ReadingWorkers,
): Promise<SourcePart | undefined> {
  if (files || config.distinct || config.negatives) return undefined;
  if (config.format === 'rows' || config.format === 'duckdb' || isAddress(config.path)) return undefined;
  if (config.format === 'parquet') return { groups: { rank: workers.rank, size: workers.size } };
  const firstLines = config.format === 'csv' ? headerBytes(config) : undefined;
  if (config.format === 'csv' && !firstLines) return undefined;
  const lines = await linePart(config.path, workers, firstLines);
  return lines && { lines };
}

/** Finds the bytes of the header of a CSV file; undefined where a line end may be a part of a mark. */
function headerBytes({ delimiter, quote }: { readonly delimiter: string; readonly quote: string }) {
  if (/[\r\n]/.test(delimiter + quote)) return undefined;
  return async (file: {
    slice(start: number, end: number): Promise<ArrayBuffer>;
    readonly byteLength: number;
  }) => {
    const bytes = new Uint8Array(await file.slice(0, Math.min(file.byteLength, 4 * MAX_CSV_HEADER)));
    const places: number[] = [];
    const marks = { delimiter: bytesOf(delimiter), quote: bytesOf(quote) };
    const splitter = new CsvSplitter(marks, (_, line) => places.push(line));
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(NEWLINE, start) + 1 || bytes.length;
      splitter.push(bytes.subarray(start, end));
      start = end;
      if (places.length > 0) return end;
    }
    return bytes.length;
  };
}

/** Of the length of a file and some of its bytes: equal files have the same. */
export async function sampleDigest(path: string): Promise<string> {
  const file = await openForRanges(path);
  try {
    const digest = new Digest().addJson(file.byteLength);
    for (let s = 0; s < SAMPLES; s++) {
      const start = Math.floor((Math.max(0, file.byteLength - SAMPLE_BYTES) * s) / (SAMPLES - 1));
      digest.add(new Uint8Array(await file.slice(start, Math.min(file.byteLength, start + SAMPLE_BYTES))));
    }
    return digest.finish();
  } finally {
    await file.close();
  }
}
