/** Signals closer together than this are one press of Ctrl-C that reached the process on two ways. */
const ONE_PRESS_MS = 500;

/** Ctrl-C or a termination request: the first asks the loop to end after its step, a second one ends the process. */
export class StopRequest {
  #since: number | undefined;
  readonly #onRequest: () => void;

  /** @param onRequest told once, at the first signal */
  constructor(onRequest: () => void) {
    this.#onRequest = onRequest;
    process.on('SIGINT', this.#handle);
    process.on('SIGTERM', this.#handle);
  }

  get requested(): boolean {
    return this.#since !== undefined;
  }

  dispose(): void {
    process.off('SIGINT', this.#handle);
    process.off('SIGTERM', this.#handle);
  }

  readonly #handle = (): void => {
    if (this.#since === undefined) {
      this.#since = performance.now();
      this.#onRequest();
    } else if (performance.now() - this.#since > ONE_PRESS_MS) {
      process.exit(130);
    }
  };
}
