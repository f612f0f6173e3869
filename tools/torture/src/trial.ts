import type { RandomStream } from '@ttrec/core';

/** What every trial works with. */
export interface Bench {
  /** A folder for one trial alone. */
  readonly folder: string;
  readonly random: RandomStream;
  /** Two configs of the same data, whose models differ. */
  readonly configs: readonly [Reference, Reference];
  /** The config of the first with dense tables. */
  readonly denseConfig: string;
  /** Milliseconds that an undisturbed run takes, from its start to its end. */
  readonly runMs: number;
  readonly counts: Counts;
}

export interface Reference {
  readonly config: string;
  /** A run of it that nothing happened to. */
  readonly run: string;
  readonly bits: Readonly<Record<string, string>>;
}

/** What was done, by name. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  toString(): string {
    return [...this.#counts].map(([name, count]) => `${name} ${count}`).join(', ');
  }
}

/** One thing that may happen to a run. Throws a `Loss` when the run does not survive it. */
export interface Trial {
  readonly name: string;
  run(bench: Bench): Promise<void>;
}
