/** Signals closer together than this are one press of Ctrl-C that reached the process on two ways. */
const ONE_PRESS_MS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C, a termination request or a terminal that closes: the first asks the loop to end after its step, a second one
 * ends the process.
 */
export class StopRequest {
  #since: number | undefined;
  readonly #onRequest: () => void;

  /** @param onRequest told once, at the first signal */
  constructor(onRequest: () => void) {
    this.#onRequest = onRequest;
    for (const signal of SIGNALS) process.on(signal, this.#handle);
  }

  get requested(): boolean {
    return this.#since !== undefined;
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle);
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
