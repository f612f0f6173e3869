import { error } from '../error.ts';

/**
 * Runs work in the order in which it is asked for: at once while the model is ready, else after what it has to wait for, and
 * everything after that in turn. Steps that are not awaited give the same numbers as awaited steps.
 */
export class StepQueue {
  readonly #isReady: () => boolean;
  readonly #ready: () => Promise<void>;
  #last: Promise<void> | undefined;

  constructor(model: { readonly isSettled: boolean; settled(): Promise<void> }) {
    this.#isReady = () => model.isSettled;
    this.#ready = () => model.settled();
  }

  /** Whether work would run at once. */
  get isIdle(): boolean {
    return this.#last === undefined && this.#isReady();
  }

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isIdle) return work();
    const result = (this.#last ?? Promise.resolve()).then(this.#ready).then(work);
    const done = result.then(ignore, ignore).then(() => {
      if (this.#last === done) this.#last = undefined;
    });
    this.#last = done;
    return result;
  }

  /** For work that cannot wait. @throws `dlrm/steps-pending` */
  requireIdle(subject: string): void {
    if (this.isIdle) return;
    throw error('steps-pending', {
      subject,
      rule: 'must wait for the steps before it on an engine that is read asynchronously',
      hint: 'Await trainStep.',
    });
  }
}

function ignore(): void {
  // The caller of the work gets its failure.
}
