import { textIn } from '../cells/cells.ts';
import { isAddress } from '../parquet/file.ts';
import type { ByteReader } from '../read/read-files.ts';

/** A file of rows, as a config names it. */
export type RecognisedFile =
  | { readonly format: 'csv'; readonly path: string; readonly delimiter: string }
  | { readonly format: 'jsonl' | 'parquet' | 'criteo'; readonly path: string };

const DELIMITERS = [',', '\t', ';', '|'] as const;
const CRITEO = /^[01]\t(-?\d*\t){13}([0-9a-f]{8}|)(\t([0-9a-f]{8}|)){25}\r?$/;

/**
 * Tells the format of a file by its first bytes: Parquet by its mark, JSON lines by a brace, a Criteo log by its first line, else CSV with the
 * delimiter that gives its first two lines the most columns.
 */
export async function recognise(path: string, read: ByteReader): Promise<RecognisedFile> {
  if (isAddress(path)) return { format: 'parquet', path };
  let start = '';
  for await (const chunk of read(path, { bytesRead: 0, totalBytes: 0 })) {
    start += textIn(chunk, 0, Math.min(chunk.length, 1 << 16));
    if (start.split('\n').length > 2 || start.length > 1 << 16) break;
  }
  start = start.replace(/^\ufeff+/, '');
  if (start.startsWith('PAR1')) return { format: 'parquet', path };
  if (/^\s*\{\s*"/.test(start)) return { format: 'jsonl', path };
  const lines = start.split('\n', 2);
  if (CRITEO.test(lines[0]!)) return { format: 'criteo', path };
  const columns = (delimiter: string) =>
    Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.split(delimiter).length));
  const delimiter = DELIMITERS.reduce((best, other) => (columns(other) > columns(best) ? other : best));
  return { format: 'csv', path, delimiter };
}
