import { checkBatchOptions } from '../batches/row-order.ts';
import type { BatchOptions, SplitName, UnnamedBatch } from '../dataset.ts';
import { closed, error } from '../error.ts';
import { unpackBatch } from './batch-message.ts';
import { errorOf } from './failure.ts';
import type { BatchRequest, FromReader } from './messages.ts';
import { setReadSeconds } from './read-seconds.ts';
import { startReader, type Reader } from './start-reader.ts';
import type { StreamedRows } from './streamed-rows.ts';

/** Batches that are taken are reported to the reading thread after this many, or earlier if no other has arrived. */
const REPORTED_EVERY = 8;

/** Ends the threads of data that is no longer in use. */
const unused = new FinalizationRegistry<ReaderLink>((link) => void link.end());

/** Reads rows in a separate thread, ahead of the caller: the batches of `batchSource`, bit for bit. The thread starts with the first batch. */
export class ReadingThread {
  readonly #rows: Readonly<Record<SplitName, number>>;
  readonly #link: ReaderLink;

  /** @param rows of each split @param workerUrl where a page hosts the worker */
  constructor(
    streamed: StreamedRows,
    rows: Readonly<Record<SplitName, number>>,
    workerUrl: string | undefined,
  ) {
    this.#rows = rows;
    this.#link = new ReaderLink(streamed, workerUrl);
    unused.register(this, this.#link, this);
  }

  async *batches(options: BatchOptions): AsyncGenerator<UnnamedBatch> {
    const { part, ...request } = checkBatchOptions(options);
    const { batchSize, split } = request;
    const rows = this.#rows[split];
    const lengths = new Set([Math.min(batchSize, rows), rows % batchSize].filter((length) => length > 0));
    const spans = Array.from(lengths, (length) => [length, part(length)] as const);
    yield* this.#link.pass({ ...request, spans });
  }

  async close(): Promise<void> {
    unused.unregister(this);
    await this.#link.end();
  }
}

/** The thread and the passes under way. Holds no reference to the dataset, which can thus be collected while the thread runs. */
class ReaderLink {
  readonly #passes = new Map<number, Pass>();
  readonly #start: () => Promise<Reader>;
  #reader: Promise<Reader> | undefined;
  #next = 0;
  #waiting = 0;
  #failure: Error | undefined;

  constructor(streamed: StreamedRows, workerUrl: string | undefined) {
    const onFailure = (reason: string, cause?: unknown) => this.#fail(failed(reason, cause));
    const onMessage = (message: FromReader) => this.#passes.get(message.pass)?.receive(message);
    this.#start = async () => {
      const reader = await startReader(workerUrl, { onMessage, onFailure });
      reader.post({ do: 'open', streamed });
      return reader;
    };
  }

  async *pass(request: BatchRequest): AsyncGenerator<UnnamedBatch> {
    if (this.#failure) throw this.#failure;
    const reader = await (this.#reader ??= this.#start().catch((thrown: unknown) => {
      throw failed(String(thrown), thrown);
    }));
    const number = this.#next++;
    const pass = new Pass();
    this.#passes.set(number, pass);
    reader.post({ do: 'read', pass: number, request });
    let taken = { batches: 0, bytes: 0 };
    try {
      for (;;) {
        const message = pass.take() ?? (await this.#awaited(reader, pass));
        if ('done' in message) return;
        if ('failure' in message) throw errorOf(message.failure, failed);
        const { batch, seconds } = message;
        taken = { batches: taken.batches + 1, bytes: taken.bytes + batch.byteLength };
        if (taken.batches === REPORTED_EVERY || pass.isEmpty) {
          reader.post({ do: 'taken', pass: number, ...taken });
          taken = { batches: 0, bytes: 0 };
        }
        const read = unpackBatch(batch);
        setReadSeconds(read, seconds);
        yield read;
      }
    } finally {
      this.#passes.delete(number);
      reader.post({ do: 'stop', pass: number });
    }
  }

  async end(): Promise<void> {
    this.#fail(closed());
    const reader = await this.#reader?.catch(() => undefined);
    await reader?.terminate();
  }

  async #awaited(reader: Reader, pass: Pass): Promise<FromReader> {
    if (this.#failure) throw this.#failure;
    if (this.#waiting++ === 0) reader.keepAlive(true);
    try {
      return await pass.next();
    } finally {
      if (--this.#waiting === 0) reader.keepAlive(false);
    }
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    for (const pass of this.#passes.values()) pass.fail(this.#failure);
  }
}

/** The messages that have arrived for a pass. */
class Pass {
  readonly #messages: FromReader[] = [];
  #waiting: { resolve(message: FromReader): void; reject(reason: Error): void } | undefined;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  receive(message: FromReader): void {
    if (!this.#waiting) this.#messages.push(message);
    else this.#waiting.resolve(message);
    this.#waiting = undefined;
  }

  take(): FromReader | undefined {
    return this.#messages.shift();
  }

  next(): Promise<FromReader> {
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  fail(reason: Error): void {
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }
}

function failed(reason: string, cause?: unknown): Error {
  return error('reading-thread-failed', {
    subject: 'the thread that reads rows from disk',
    rule: 'must run until the last batch is read',
    got: reason,
    hint: 'Open the data again, or with readingThread: false, which reads in the calling thread.',
    cause,
  });
}
