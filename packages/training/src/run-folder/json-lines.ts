import { readJson } from '@ttrec/core/json';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { fileCall, toJson, writeAll, writeFileAtomic } from '@ttrec/tensor-files/files';
import { error } from '../error.ts';

/** Appends records to a file, one JSON line each. */
export class JsonLinesWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens `path` for appending, and creates it if need be. A last line without its newline, left by a killed process, is
   * cut off, so that the next record does not run into it.
   * @throws `tensor-files/cannot-write`
   */
  static async open(path: string): Promise<JsonLinesWriter> {
    const handle = await fileCall('write', path, () => open(path, 'a'));
    try {
      const { size } = await fileCall('write', path, () => stat(path));
      const whole = await lengthOfWholeLines(path);
      if (whole < size) await fileCall('write', path, () => handle.truncate(whole));
    } catch (cause) {
      await handle.close();
      throw cause;
    }
    return new JsonLinesWriter(path, handle);
  }

  /**
   * Hands one record to the system, after those before it; a crash of this process cannot lose it any more.
   * Once the system has failed, half a line may be on the disk, and so every later call fails with the same error.
   * @throws `tensor-files/not-json`, `tensor-files/cannot-write`
   */
  async append(record: unknown): Promise<void> {
    const line = new TextEncoder().encode(`${toJson(this.path, record)}\n`);
    this.#last = this.#last.then(() => fileCall('write', this.path, () => writeAll(this.#handle, line)));
    await this.#last;
  }

  /**
   * Waits until every record is on the disk; a crash of the machine cannot lose them any more.
   * @throws `tensor-files/cannot-write`, also when an earlier record could not be written
   */
  async sync(): Promise<void> {
    await this.#last;
    await fileCall('write', this.path, () => this.#handle.sync());
  }

  /** Syncs and closes. @throws as `sync` does, and closes all the same */
  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await fileCall('write', this.path, () => this.#handle.close());
    }
  }
}

/**
 * The records of a file, in order. A last line without its newline is not a record: its writer was killed.
 * @throws `training/bad-json-line`, `tensor-files/missing-file`, `tensor-files/cannot-read`
 */
export async function* readJsonLines(path: string): AsyncGenerator<unknown, void, undefined> {
  let number = 0;
  for await (const line of wholeLines(path)) {
    number++;
    yield parseLine(path, number, line);
  }
}

/**
 * Keeps the records from the first on for as long as `keepWhile` says so, and drops the rest: what was logged after the
 * step from which a run is resumed. Atomic, and byte for byte the same in what is kept.
 * @throws the codes of `readJsonLines`, `tensor-files/cannot-write`
 */
export async function truncateJsonLines(
  path: string,
  keepWhile: (record: unknown) => boolean,
): Promise<{ kept: number }> {
  let kept = 0;
  async function* keptLines(): AsyncGenerator<Uint8Array> {
    for await (const line of wholeLines(path)) {
      if (!keepWhile(parseLine(path, kept + 1, line))) return;
      kept++;
      yield line;
    }
  }
  await writeFileAtomic(path, keptLines());
  return { kept };
}

async function lengthOfWholeLines(path: string): Promise<number> {
  let length = 0;
  for await (const line of wholeLines(path)) length += line.length;
  return length;
}

const NEWLINE = 0x0a;

/** The lines of a file as bytes, each with its newline; what follows the last newline is left out. */
async function* wholeLines(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await fileCall('read', path, () => open(path, 'r'));
  try {
    const chunks = handle.createReadStream({ autoClose: false })[Symbol.asyncIterator]();
    let pending: Uint8Array[] = [];
    for (;;) {
      const next = await fileCall('read', path, () => chunks.next() as Promise<IteratorResult<Uint8Array>>);
      if (next.done) return;
      const chunk = next.value;
      let begin = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
        yield Buffer.concat([...pending, chunk.subarray(begin, end + 1)]);
        pending = [];
        begin = end + 1;
      }
      pending.push(chunk.subarray(begin));
    }
  } finally {
    await handle.close();
  }
}

function parseLine(path: string, number: number, line: Uint8Array): unknown {
  return readJson(error, 'bad-json-line', `${path}: line ${number}`, line);
}
