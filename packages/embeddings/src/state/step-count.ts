import { hostEntry, type StateEntry } from './state-entry.ts';

/** The number of steps done, where training depends on it: state of training, saved with the rest. */
export class StepCount {
  readonly #data = new Uint32Array(1);
  readonly #counts: boolean;

  /** @param counts whether anything depends on it */
  constructor(counts: boolean) {
    this.#counts = counts;
  }

  /** Counts a step. @returns its number, from 1; always 1 where nothing depends on it */
  next(): number {
    return this.#counts ? ++this.#data[0]! : 1;
  }

  /** The number of the next step, which is not counted yet. */
  get upcoming(): number {
    return this.#counts ? this.#data[0]! + 1 : 1;
  }

  reset(): void {
    this.#data[0] = 0;
  }

  get entries(): StateEntry[] {
    if (!this.#counts) return [];
    const tensor = { name: 'optimizer.steps', dtype: 'U32', shape: [1], role: 'training' } as const;
    return [hostEntry({ ...tensor, data: this.#data })];
  }
}
