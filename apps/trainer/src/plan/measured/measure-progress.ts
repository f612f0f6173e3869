import { formatDuration } from '../../terminal/format.ts';
import type { Output } from '../../terminal/output.ts';
import { percentOf } from './measured-text.ts';

/** Says what is being measured, and how much time is left of a limit. */
export class MeasureProgress {
  readonly #output: Output;
  readonly #limit: number | undefined;
  readonly #started = performance.now();
  #trials = 0;
  #seconds = 0;

  /** @param limit seconds; undefined for a number of trials, which has no clock */
  constructor(output: Output, limit: number | undefined) {
    this.#output = output;
    this.#limit = limit;
  }

  trial({
    candidate,
    share,
    seed,
  }: {
    readonly candidate: string;
    readonly share: number;
    readonly seed: number;
  }): void {
    this.#trials++;
    const spent = Math.max(this.#seconds, (performance.now() - this.#started) / 1000);
    const left =
      this.#limit === undefined ? '' : `, ${formatDuration(Math.max(0, this.#limit - spent))} left`;
    const line = `measure  trial ${this.#trials}: ${candidate}, ${percentOf(share)} of the training, seed ${seed}${left}`;
    if (this.#output.isTerminal) this.#output.status(line);
    else this.#output.note(line);
  }

  /** Adds up what trials took, also in an earlier run whose measurements are read from a file. */
  async during<Result extends { readonly seconds: number } | undefined>(
    measured: Promise<Result>,
  ): Promise<Result> {
    const result = await measured;
    this.#seconds += result?.seconds ?? 0;
    return result;
  }
}
