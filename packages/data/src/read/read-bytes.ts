/**
 * The only module that touches files. Node's modules are imported when a file is opened, so that the rest of the
 * package also loads in a page.
 */
import type { Stats } from 'node:fs';
import { error } from '../error.ts';

/** How far reading has come, in bytes of the file before unpacking. */
export interface BytesRead {
  bytesRead: number;
  totalBytes: number;
}

const CHUNK_BYTES = 1 << 18;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * Resolves a path of a config, from `base` or the working directory if it is relative.
 * @throws `data/file-not-found` for a relative path, with a hint that names where it starts
 */
export async function resolvePath(path: string, base: string | undefined): Promise<string> {
  const nodePath = await import('node:path');
  const { access } = await import('node:fs/promises');
  const whole = nodePath.resolve(base ?? '.', path);
  if (nodePath.isAbsolute(path)) return whole;
  await access(whole).catch((cause: unknown) => {
    if (!isAbsence(cause)) return;
    const start = base === undefined ? 'working directory' : 'folder of the config';
    throw notFound(whole, cause, `A relative path starts from the ${start}.`);
  });
  return whole;
}

/**
 * The bytes of a file in order, unpacked if they start like gzip, whatever its name. A piece is valid until the next one is asked for.
 *
 * @throws `data/file-not-found`, `data/unreadable-file`, `data/empty-file`, `data/truncated-gzip`, `data/corrupt-gzip`
 */
export async function* readBytes(path: string, progress: BytesRead): AsyncGenerator<Buffer> {
  progress.totalBytes = (await statFile(path)).size;
  progress.bytesRead = 0;
  const isGzip = await startsLikeGzip(path);
  try {
    let isEmpty = true;
    for await (const chunk of isGzip ? unpacked(path, progress) : plainBytes(path, progress)) {
      if (chunk.length === 0) continue;
      isEmpty = false;
      yield chunk;
    }
    if (isEmpty) throw emptyFile(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** Two buffers take turns: one is read into while the other is in use. New ones would pile up until they are collected. */
async function* plainBytes(path: string, progress: BytesRead): AsyncGenerator<Buffer> {
  const { open } = await import('node:fs/promises');
  const handle = await open(path);
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

async function* unpacked(path: string, progress: BytesRead): AsyncGenerator<Buffer> {
  const [{ createReadStream }, { createGunzip }, { pipeline }] = await Promise.all([
    import('node:fs'),
    import('node:zlib'),
    import('node:stream'),
  ]);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      progress.bytesRead += chunk.length;
      yield chunk;
    }
  };
  try {
    // An error of any stage is thrown by the iteration; pipeline requires the callback.
    yield* pipeline(file, counted, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
  } finally {
    file.destroy();
  }
}

/** A file of which ranges can be read. @throws `data/file-not-found`, `data/unreadable-file` */
export async function openForRanges(path: string) {
  const { open } = await import('node:fs/promises');
  const { size: byteLength } = await statFile(path);
  const handle = await open(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  return {
    byteLength,
    async slice(start: number, end = byteLength): Promise<ArrayBuffer> {
      const bytes = new Uint8Array(end - start);
      for (let filled = 0; filled < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.buffer;
    },
    close: () => handle.close(),
  };
}

export function emptyFile(path: string) {
  return error('empty-file', { subject: path, rule: 'must hold at least one row', got: 0 });
}

async function statFile(path: string): Promise<Stats> {
  const { stat } = await import('node:fs/promises');
  const found = await stat(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  if (found.isFile()) return found;
  throw error('unreadable-file', {
    subject: path,
    rule: 'must be a file',
    got: found.isDirectory() ? 'a folder' : 'something else',
  });
}

/** @throws `data/file-not-found`, `data/unreadable-file` */
export async function startsLikeGzip(path: string): Promise<boolean> {
  const { open } = await import('node:fs/promises');
  const handle = await open(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === GZIP_MAGIC[0] && buffer[1] === GZIP_MAGIC[1];
  } finally {
    await handle.close();
  }
}

function isAbsence(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

function notFound(path: string, cause: unknown, hint?: string) {
  return error('file-not-found', { subject: path, rule: 'must exist', got: 'nothing', hint, cause });
}

/** The coded error for a failure of the file system or of gzip; other errors are returned unchanged. */
function readError(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (isAbsence(cause)) return notFound(path, cause);
  if (code === 'Z_BUF_ERROR') {
    return error('truncated-gzip', {
      subject: path,
      rule: 'must be a whole gzip file',
      got: 'one that ends too early',
      hint: 'Download it again.',
      cause,
    });
  }
  if (code.startsWith('Z_')) {
    return error('corrupt-gzip', {
      subject: path,
      rule: 'must be a sound gzip file',
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
