import { error } from '../error.ts';
import { joined } from './joined.ts';
import { BROTLI_NAME, emptyFile, GZIP_MAGIC, readBytes, type BytesRead } from './read-bytes.ts';

/** A file in memory: a browser's `File` or `Blob`. */
export interface FileLike {
  /** Bytes. */
  readonly size: number;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Parquet files are read in ranges. */
  slice?(start: number, end?: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Files by the path that a config gives them. */
export type Files = Readonly<Record<string, FileLike>>;

/** The bytes of a path in order, unpacked if they are gzip. */
export type ByteReader = (path: string, progress: BytesRead) => AsyncIterable<Uint8Array>;

/** Reads from these files, or from the file system without them. */
export function byteReader(files: Files | undefined): ByteReader {
  return files === undefined ? readBytes : (path, progress) => readFile(files, path, progress);
}

/**
 * Reads these bytes, once, whatever the path. Unpacks gzip.
 * @throws `data/empty-file`, `data/corrupt-gzip`, `data/several-gzip-members`, `data/unreadable-file`
 */
export function streamReader(bytes: AsyncIterable<Uint8Array>): ByteReader {
  return async function* (path, progress) {
    const chunks = bytes[Symbol.asyncIterator]();
    let first = new Uint8Array(0);
    while (first.length < GZIP_MAGIC.length) {
      const { done, value } = (await chunks.next()) as IteratorResult<Uint8Array, undefined>;
      if (done === true) break;
      first = joined(first, value);
    }
    if (first.length === 0) throw emptyFile(path);
    const isGzip = GZIP_MAGIC.every((byte, i) => first[i] === byte);
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(first),
      async pull(controller) {
        const { done, value } = (await chunks.next()) as IteratorResult<Uint8Array, undefined>;
        if (done === true) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      },
      async cancel() {
        await chunks.return?.();
      },
    }).pipeThrough(counter(progress));
    yield* chunksOf(isGzip ? stream.pipeThrough(new DecompressionStream('gzip')) : stream, (cause) =>
      readError(path, isGzip, cause),
    );
  };
}

/** @throws `data/file-not-found`, `data/empty-file`, `data/unsupported-packing`, `data/corrupt-gzip`, `data/several-gzip-members`, `data/unreadable-file` */
async function* readFile(files: Files, path: string, progress: BytesRead): AsyncGenerator<Uint8Array> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (file === undefined) {
    const hint = `There are ${Object.keys(files).join(', ') || 'none'}.`;
    throw error('file-not-found', {
      subject: path,
      rule: 'must be among the files given',
      got: 'nothing',
      hint,
    });
  }
  progress.totalBytes = file.size;
  progress.bytesRead = 0;
  if (file.size === 0) throw emptyFile(path);
  const first = await firstChunk(file);
  const isGzip = GZIP_MAGIC.every((byte, i) => first[i] === byte);
  if (!isGzip && BROTLI_NAME.test(path)) {
    throw error('unsupported-packing', {
      subject: path,
      rule: 'must be plain or gzip: Brotli is unpacked only in Node, from a path',
      got: 'a Brotli archive',
      hint: 'Unpack it first (brotli -d).',
    });
  }
  const counted = file.stream().pipeThrough(counter(progress));
  yield* chunksOf(isGzip ? counted.pipeThrough(new DecompressionStream('gzip')) : counted, (cause) =>
    readError(path, isGzip, cause),
  );
}

async function firstChunk(file: FileLike): Promise<Uint8Array> {
  const reader = file.stream().getReader();
  const { value } = await reader.read().catch(() => ({ value: undefined }));
  await reader.cancel();
  return value ?? new Uint8Array();
}

function counter(progress: BytesRead): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(chunk, controller) {
      progress.bytesRead += chunk.length;
      controller.enqueue(chunk);
    },
  });
}

/** Uses a reader, because not every browser iterates over streams. */
async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  errorOf: (cause: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw errorOf(cause);
      });
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    // The caller may stop early; a stream that failed cannot be cancelled.
    await reader.cancel().catch(() => undefined);
  }
}

function readError(path: string, isGzip: boolean, cause: unknown) {
  const got = cause instanceof Error ? cause.message : String(cause);
  if (isGzip && /junk|trailing/i.test(got)) {
    return error('several-gzip-members', {
      subject: path,
      rule: 'must be one gzip member, the only kind that pages unpack',
      got: 'more behind the first',
      hint: 'Repack it: gunzip -c FILE | gzip.',
      cause,
    });
  }
  return isGzip
    ? error('corrupt-gzip', { subject: path, rule: 'must be a sound and whole gzip file', got, cause })
    : error('unreadable-file', { subject: path, rule: 'must be readable', got, cause });
}
