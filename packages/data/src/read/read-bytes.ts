/** The only module that opens users' files. */
import type { Stats } from 'node:fs';
import type * as nodeZlib from 'node:zlib';
import { counted } from '@ttrec/core';
import { error } from '../error.ts';
import { nodeModule } from '../node-module.ts';

/** How far reading has come, in bytes of the file before unpacking. */
export interface BytesRead {
  bytesRead: number;
  totalBytes: number;
}

const CHUNK_BYTES = 1 << 18;
export const GZIP_MAGIC = [0x1f, 0x8b];
/** Brotli has no magic number: the name of the file decides. */
export const BROTLI_NAME = /\.br$/i;
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** How a file is packed. */
type Packing = 'gzip' | 'zstd' | 'brotli';

/**
 * Resolves a path of a config, from `base` or the working directory if it is relative.
 * @throws `data/file-not-found` for a relative path, with a hint that names where it starts, and in a page
 */
export async function resolvePath(path: string, base: string | undefined): Promise<string> {
  const nodePath = nodeModule('node:path');
  if (nodePath === undefined)
    throw error('file-not-found', {
      subject: path,
      rule: 'must be one of the given files: a page cannot read paths',
      got: 'no files',
      hint: 'Give the option `files`.',
    });
  const whole = nodePath.resolve(base ?? '.', path);
  if (nodePath.isAbsolute(path)) return whole;
  await files()
    .access(whole)
    .catch((cause: unknown) => {
      if (!isAbsence(cause)) return;
      const start = base === undefined ? 'working directory' : 'folder of the config';
      throw notFound(whole, cause, `A relative path starts from the ${start}.`);
    });
  return whole;
}

function files() {
  return nodeModule('node:fs')!.promises;
}

/**
 * The bytes of a file in order, unpacked if they start like gzip or Zstandard, whatever its name, or if its name ends in `.br`: Brotli has no magic
 * number. A piece is valid until the next one is asked for.
 *
 * @throws `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/changed-file`, `data/unsupported-packing`; `data/truncated-gzip`, `data/corrupt-gzip`, and
 *   the same of zstd and brotli
 */
export async function* readBytes(path: string, progress: BytesRead): AsyncGenerator<Buffer> {
  progress.totalBytes = (await statFile(path)).size;
  progress.bytesRead = 0;
  const packing = await packingOf(path);
  try {
    let isEmpty = true;
    for await (const chunk of packing ? unpacked(path, packing, progress) : plainBytes(path, progress)) {
      if (chunk.length === 0) continue;
      isEmpty = false;
      yield chunk;
    }
    if (isEmpty) throw emptyFile(path);
    if (progress.bytesRead < progress.totalBytes)
      throw changedFile(path, progress.bytesRead, progress.totalBytes);
  } catch (cause) {
    throw readError(path, cause, packing);
  }
}

/** Two buffers take turns: one is read into while the other is in use. New ones would pile up until they are collected. */
async function* plainBytes(path: string, progress: BytesRead): AsyncGenerator<Buffer> {
  const handle = await files().open(path);
  const [buffer, other] = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  const read = (into: Buffer) => handle.read(into, 0, CHUNK_BYTES, null);
  let reading = read(buffer);
  try {
    for (;;) {
      const { buffer: bytes, bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = read(bytes === buffer ? other : buffer);
      // It is awaited, and its error thrown, when its turn comes.
      reading.catch(() => undefined);
      progress.bytesRead += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => undefined);
    await handle.close();
  }
}

/** All frames of a file. Node's streams for Zstandard and Brotli end with the first frame; that for gzip reads on, and accepts zeros after the last. */
async function* unpacked(path: string, packing: Packing, progress: BytesRead): AsyncGenerator<Buffer> {
  const { pipeline } = nodeModule('node:stream')!;
  for (let start = 0; start === 0 || start < progress.totalBytes;) {
    const unpack = unpacker(path, packing);
    const file = nodeModule('node:fs')!.createReadStream(path, { highWaterMark: CHUNK_BYTES, start });
    progress.bytesRead = start;
    const countedBytes = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        progress.bytesRead += chunk.length;
        yield chunk;
      }
    };
    try {
      // An error of any stage is thrown by the iteration; pipeline requires the callback.
      yield* pipeline(file, countedBytes, unpack, () => undefined);
    } finally {
      file.destroy();
    }
    if (packing === 'gzip') {
      // The stream may end before the zeros at the end of the file are read.
      progress.bytesRead = Math.min(progress.totalBytes, (await statFile(path)).size);
      return;
    }
    start += unpack.bytesWritten;
  }
}

function unpacker(path: string, packing: Packing): nodeZlib.Gunzip {
  const zlib: Partial<typeof nodeZlib> = nodeModule('node:zlib')!;
  const options = { chunkSize: CHUNK_BYTES };
  if (packing === 'gzip') return zlib.createGunzip!(options);
  if (packing === 'brotli') return zlib.createBrotliDecompress!(options);
  if (zlib.createZstdDecompress) return zlib.createZstdDecompress(options);
  throw error('unsupported-packing', {
    subject: path,
    rule: `must be packed as gzip or .br: Node ${process.versions.node} unpacks no other`,
    got: 'a Zstandard archive',
    hint: 'Unpack it first (zstd -d), or use Node 22.15 or newer.',
  });
}

/**
 * Opens a file to read ranges of it. Ranges are cut off at the end of the file.
 *
 * @param size its bytes when it was first opened; those that it has now by default
 * @throws `data/file-not-found`, `data/unreadable-file`; `slice` throws `data/changed-file`
 */
export async function openForRanges(path: string, size?: number) {
  const byteLength = size ?? (await statFile(path)).size;
  const handle = await openFile(path);
  return {
    byteLength,
    async slice(start: number, end = byteLength): Promise<ArrayBuffer> {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      for (let filled = 0; filled < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw changedFile(path, start + filled, byteLength);
        filled += bytesRead;
      }
      return bytes.buffer;
    },
    close: () => handle.close(),
  };
}

function changedFile(path: string, bytesRead: number, totalBytes: number) {
  return error('changed-file', {
    subject: path,
    rule: 'must not get shorter while it is read',
    got: `${bytesRead} of ${counted(totalBytes, 'byte')}`,
  });
}

export function emptyFile(path: string) {
  return error('empty-file', { subject: path, rule: 'must hold at least one row', got: 0 });
}

async function statFile(path: string): Promise<Stats> {
  const found = await files()
    .stat(path)
    .catch((cause: unknown) => {
      throw readError(path, cause);
    });
  if (found.isFile()) return found;
  throw error('unreadable-file', {
    subject: path,
    rule: 'must be a file',
    got: found.isDirectory() ? 'a folder' : 'something else',
  });
}

/** Undefined for a file that is not packed. @throws `data/file-not-found`, `data/unreadable-file` */
export async function packingOf(path: string): Promise<Packing | undefined> {
  const handle = await openFile(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const startsWith = (magic: readonly number[]) =>
      bytesRead >= magic.length && magic.every((byte, at) => buffer[at] === byte);
    if (startsWith(GZIP_MAGIC)) return 'gzip';
    if (startsWith(ZSTD_MAGIC)) return 'zstd';
    return BROTLI_NAME.test(path) ? 'brotli' : undefined;
  } finally {
    await handle.close();
  }
}

function openFile(path: string) {
  return files()
    .open(path)
    .catch((cause: unknown) => {
      throw readError(path, cause);
    });
}

function isAbsence(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

function notFound(path: string, cause: unknown, hint?: string) {
  return error('file-not-found', { subject: path, rule: 'must exist', got: 'nothing', hint, cause });
}

/** The coded error for a failure of the file system or of unpacking; other errors are returned unchanged. */
function readError(path: string, cause: unknown, packing?: Packing): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (isAbsence(cause)) return notFound(path, cause);
  if (packing && code === 'Z_BUF_ERROR') {
    return error(`truncated-${packing}`, {
      subject: path,
      rule: `must be a whole ${packing} file`,
      got: 'one that ends too early',
      hint: 'Download it again.',
      cause,
    });
  }
  if (packing && /^(Z_|ZSTD_|ERR_)/.test(code)) {
    return error(`corrupt-${packing}`, {
      subject: path,
      rule: `must be a sound ${packing} file`,
      got: code,
      hint: 'Download it again.',
      cause,
    });
  }
  if (code.startsWith('ERR_INVALID_ARG')) {
    const rule = 'must be a path, a string without NUL characters';
    return error('unreadable-file', { subject: 'path of a file', rule, got: path, cause });
  }
  if (code.startsWith('E') && cause instanceof Error && 'syscall' in cause) {
    return error('unreadable-file', { subject: path, rule: 'must be readable', got: code, cause });
  }
  return cause;
}
