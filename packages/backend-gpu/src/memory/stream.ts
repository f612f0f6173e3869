/** Runs work one after another in the order in which it was enqueued, beginning after the code that enqueues. */
export class Stream {
  #waiting: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;
  #failure: { readonly thrown: unknown } | undefined;

  /** The first failure ends the stream: what was enqueued after it does not run. */
  enqueue(work: () => Promise<void>): void {
    if (this.#failure) return;
    this.#waiting.push(work);
    this.#running ??= this.#run();
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves when everything enqueued before is done; rejects with the first failure. */
  async settled(): Promise<void> {
    await this.#running;
    if (this.#failure) throw this.#failure.thrown;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const work of batch) await work();
      }
    } catch (thrown) {
      this.#failure = { thrown };
      this.#waiting = [];
    }
    this.#running = undefined;
  }
}
