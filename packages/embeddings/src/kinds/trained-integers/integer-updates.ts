import type { Backend, Block } from '@ttrec/backend';
import { error } from '../../error.ts';
import type { TableMaintenance, UpdateSettings } from '../../table/table-maintenance.ts';
import type { IntegerParameter } from './integer-parameter.ts';

/** Rounds the rows of a step after it: at once where the engine can be read at once, else before the next lookup. */
export class IntegerUpdates implements TableMaintenance {
  readonly #backend: Backend;
  readonly #parameters: readonly IntegerParameter[];
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isDisposed = false;

  constructor(backend: Backend, parameters: readonly IntegerParameter[]) {
    this.#backend = backend;
    this.#parameters = parameters;
  }

  afterStep({ learningRate }: UpdateSettings): void {
    const sources = this.#parameters.map((parameter) => parameter.sources);
    if (this.#backend.readSync) {
      const readSync = (block: Block) => this.#backend.readSync!(block);
      this.#try(() =>
        this.#takeOver(
          sources.map((blocks) => blocks.map(readSync)),
          learningRate,
        ),
      );
      return;
    }
    if (sources.every((blocks) => blocks.length === 0)) return;
    const read = sources.map((blocks) => Promise.all(blocks.map((block) => this.#backend.read(block))));
    this.#running = Promise.all(read)
      .then((values) => {
        if (!this.#isDisposed) this.#takeOver(values, learningRate);
      })
      .catch((thrown: unknown) => {
        this.#failure = { error: thrown };
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  get isSettled(): boolean {
    return this.#running === undefined;
  }

  /** @throws `embeddings/refresh-pending`, and what the last step failed with */
  requireSettled(): void {
    if (this.#failure) throw this.#failure.error;
    if (!this.#running) return;
    throw error('refresh-pending', {
      subject: 'lookup in a table of integers',
      rule: 'must await what the last step began',
      hint: 'Await settled() after each step; this engine is read asynchronously.',
    });
  }

  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
  }

  /** Forgets what failed with numbers that are there no longer. */
  drop(): void {
    this.#failure = undefined;
  }

  takeStatistics(): ReturnType<TableMaintenance['takeStatistics']> {
    return { lookups: 0, hits: 0, refreshes: 0, evictions: 0 };
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  #takeOver(values: readonly (readonly Float32Array[])[], learningRate: number): void {
    this.#parameters.forEach((parameter, k) => parameter.takeOver(values[k]!, learningRate));
  }

  /** A failure is kept for the next lookup and for `settled`. */
  #try(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#failure = { error: thrown };
    }
  }
}
