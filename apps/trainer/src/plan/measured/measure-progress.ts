import type { TrialNotice } from '@ttrec/planner/measure';
import { formatDuration } from '../../terminal/format.ts';
import type { Output } from '../../terminal/output.ts';
import { percentOf } from './measured-text.ts';

/** Prints what is being measured, and how much time is left of a limit. */
export class MeasureProgress {
  readonly #output: Output;
  #trials = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  trial({ candidate, share, seed, left }: TrialNotice): void {
    this.#trials++;
    const time = left === undefined ? '' : `, ${formatDuration(Math.max(0, left))} left`;
    const line = `measure  trial ${this.#trials}: ${candidate}, ${percentOf(share)} of the training, seed ${seed}${time}`;
    if (this.#output.isTerminal) this.#output.status(line);
    else this.#output.note(line);
  }
}
