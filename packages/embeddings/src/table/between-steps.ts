import { error } from '../error.ts';

/** Work that a step began and that has to end before the next one, and its error, kept for the next call. */
export class BetweenSteps {
  readonly #subject: string;
  readonly #work: string;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param subject what has to await the work, for errors: `lookup in a table of integers`
   * @param work what is awaited: `what`, or `the refresh of the cache that`
   */
  constructor(subject: string, work: string) {
    this.#subject = subject;
    this.#work = work;
  }

  /** Does the work at once. */
  now(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#failure = { error: thrown };
    }
  }

  /** Begins work that ends later. */
  later(work: () => Promise<void>): void {
    this.#running = work()
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

  /** @throws `embeddings/refresh-pending`, and what the last work failed with */
  requireSettled(): void {
    if (this.#failure) throw this.#failure.error;
    if (!this.#running) return;
    throw error('refresh-pending', {
      subject: this.#subject,
      rule: `must await ${this.#work} the last step began`,
      hint: 'Await settled() after each step; this engine is read asynchronously.',
    });
  }

  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.error;
  }

  /** Forgets what failed, with numbers that are there no longer. */
  forget(): void {
    this.#failure = undefined;
  }
}
