import { open } from 'node:fs/promises';
import { JsonFault, parseJson, readJson } from '@ttrec/core/json';
import { error } from '../error.ts';

/** No config of a model comes near it, and a device has no end. */
const MAX_BYTES = 2 ** 24;

/**
 * Reads a JSON file in UTF-8, with or without the byte order mark that some editors put in front.
 *
 * @throws `training/missing-file`, `training/unreadable-file`, `training/bad-json`: also for a key that is there twice, for
 *   `__proto__`, and for values nested more than 100 deep
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const bytes = await bytesOf(path);
  const bad = (rule: string, got: unknown, cause?: unknown) =>
    error('bad-json', { subject: path, rule, got, cause });
  if (bytes.length > MAX_BYTES) throw bad(`must be a JSON file of at most ${MAX_BYTES} bytes`, 'more');
  const format = foreignFormat(bytes);
  if (format !== undefined) throw bad('must be JSON', format);
  try {
    return readJson(error, 'bad-json', path, bytes);
  } catch (thrown) {
    const { cause } = thrown as Error;
    const areLines = cause instanceof JsonFault && cause.kind === 'syntax' && isJsonLines(bytes.toString());
    throw areLines ? bad('must be one JSON value', 'JSON Lines, one value a line', cause) : thrown;
  }
}

/** The file from its beginning, a byte beyond the limit at the most. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      if ((await file.stat()).isDirectory()) throw new Error('a folder');
      const chunks: Buffer[] = [];
      let length = 0;
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(2 ** 16));
        if (bytesRead === 0 || length > MAX_BYTES) return Buffer.concat(chunks);
        chunks.push(buffer.subarray(0, bytesRead));
        length += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw error(missing ? 'missing-file' : 'unreadable-file', {
      subject: path,
      rule: missing ? 'must exist' : 'must be a readable file',
      got: missing ? 'nothing' : (cause as Error).message,
      cause,
    });
  }
}

/** What a file that is no JSON is, by its first bytes. */
function foreignFormat(bytes: Buffer): string | undefined {
  const starts = (text: string, at = 0) => bytes.subarray(at, at + text.length).toString('latin1') === text;
  if (bytes.length === 0) return 'an empty file';
  if (starts('PAR1')) return 'a Parquet file';
  if (starts('\x1f\x8b')) return 'a gzip file';
  if (starts('PK\x03\x04')) return 'a zip file, as PyTorch and NumPy (npz) write them';
  if (starts('\x93NUMPY')) return 'an npy file';
  if (starts('{"', 8) && bytes.includes(0)) return 'a safetensors file';
  if (starts('\xff\xfe') || starts('\xfe\xff')) return 'UTF-16: save it as UTF-8';
  return bytes.includes(0) ? 'a binary file' : undefined;
}

function isJsonLines(text: string): boolean {
  const lines = text.split('\n', 3).filter((line) => line.trim() !== '');
  return lines.length > 1 && lines.slice(0, 2).every(isJson);
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}
