import type { UnnamedBatch } from '../dataset.ts';
import { packBatch } from './batch-message.ts';
import { failureOf } from './failure.ts';
import type { BatchRequest } from './messages.ts';
import type { ReaderPort } from './reader-port.ts';
import { batchSource, type BatchSource } from './streamed-rows.ts';

/** Limits of the batches that are sent but not yet taken: reading pauses once there are so many, or they have so many bytes. */
const AHEAD = { batches: 64, bytes: 8 << 20 };

/** Reads rows for another thread. Runs in the reading thread. */
export function serveBatches(port: ReaderPort, limit = AHEAD): void {
  let source: BatchSource | undefined;
  const passes = new Map<number, Pass>();
  port.onMessage((message) => {
    if (message.do === 'open') {
      source = batchSource(message.streamed);
      return;
    }
    if (message.do === 'read') {
      const pass = new Pass(message.pass, port, limit);
      passes.set(message.pass, pass);
      void pass.send(source!.batches(optionsOf(message.request))).then(() => passes.delete(message.pass));
      return;
    }
    // A pass may have ended meanwhile.
    const pass = passes.get(message.pass);
    if (message.do === 'taken') pass?.taken(message);
    else pass?.stop();
  });
}

function optionsOf({ spans, ...options }: BatchRequest) {
  const part = (rows: number) => spans.find(([length]) => length === rows)![1];
  return { ...options, part };
}

class Pass {
  readonly #number: number;
  readonly #port: ReaderPort;
  readonly #limit: typeof AHEAD;
  readonly #ahead = { batches: 0, bytes: 0 };
  #isStopped = false;
  #resume: (() => void) | undefined;

  constructor(number: number, port: ReaderPort, limit: typeof AHEAD) {
    this.#number = number;
    this.#port = port;
    this.#limit = limit;
  }

  async send(batches: AsyncGenerator<UnnamedBatch>): Promise<void> {
    const pass = this.#number;
    try {
      let started = performance.now();
      for await (const read of batches) {
        const batch = packBatch(read);
        this.#ahead.batches++;
        this.#ahead.bytes += batch.byteLength;
        this.#port.post({ pass, batch, seconds: (performance.now() - started) / 1000 }, [batch]);
        if (this.#isFull) await new Promise<void>((resolve) => (this.#resume = resolve));
        if (this.#isStopped) return;
        started = performance.now();
      }
      this.#port.post({ pass, done: true });
    } catch (thrown) {
      this.#port.post({ pass, failure: failureOf(thrown) });
    }
  }

  taken({ batches, bytes }: { readonly batches: number; readonly bytes: number }): void {
    this.#ahead.batches -= batches;
    this.#ahead.bytes -= bytes;
    if (!this.#isFull) this.#resume?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#resume?.();
  }

  get #isFull(): boolean {
    const { batches, bytes } = this.#ahead;
    return !this.#isStopped && batches > 0 && (batches >= this.#limit.batches || bytes >= this.#limit.bytes);
  }
}
