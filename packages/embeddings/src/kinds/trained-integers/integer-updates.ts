import type { Backend, Block } from '@ttrec/backend';
import { BetweenSteps } from '../../table/between-steps.ts';
import type { TableMaintenance, UpdateSettings } from '../../table/table-maintenance.ts';
import type { IntegerParameter } from './integer-parameter.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly integerUpdates: typeof integerUpdates;
  }
}

export function integerUpdates(backend: Backend, parameters: readonly IntegerParameter[]): IntegerUpdates {
  return new IntegerUpdates(backend, parameters);
}

/** Rounds the rows of a step after it: at once where the engine can be read at once, else before the next lookup. */
export class IntegerUpdates implements TableMaintenance {
  readonly #backend: Backend;
  readonly #parameters: readonly IntegerParameter[];
  readonly #work = new BetweenSteps('lookup in a table of integers', 'what');
  #isDisposed = false;

  constructor(backend: Backend, parameters: readonly IntegerParameter[]) {
    this.#backend = backend;
    this.#parameters = parameters;
  }

  afterStep({ learningRate }: UpdateSettings): void {
    const sources = this.#parameters.map((parameter) => parameter.sources);
    if (this.#backend.readSync) {
      const readSync = (block: Block) => this.#backend.readSync!(block);
      this.#work.now(() =>
        this.#takeOver(
          sources.map((blocks) => blocks.map(readSync)),
          learningRate,
        ),
      );
      return;
    }
    if (sources.every((blocks) => blocks.length === 0)) return;
    const read = sources.map((blocks) => Promise.all(blocks.map((block) => this.#backend.read(block))));
    this.#work.later(async () => {
      const values = await Promise.all(read);
      if (!this.#isDisposed) this.#takeOver(values, learningRate);
    });
  }

  get isSettled(): boolean {
    return this.#work.isSettled;
  }

  /** @throws `embeddings/refresh-pending`, and what the last step failed with */
  requireSettled(): void {
    this.#work.requireSettled();
  }

  settled(): Promise<void> {
    return this.#work.settled();
  }

  /** Forgets what failed with numbers that are there no longer. */
  drop(): void {
    this.#work.forget();
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
}
