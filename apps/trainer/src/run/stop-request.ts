import { findLauncher } from '@ttrec/mpi';

/** Signals closer together than this are one press of Ctrl-C that reached the process on two ways. */
const ONE_PRESS_MS = 500;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C, a termination request or a terminal that closes: the first asks the loop to end after its step, a second one
 * ends the process. A launcher passes one press on, however late, and ends its processes itself at the second: there, further signals
 * are ignored.
 */
export class StopRequest {
  #since: number | undefined;
  readonly #onRequest: () => void;
  readonly #isLaunched = findLauncher() !== undefined;
  readonly #controller = new AbortController();

  /** @param onRequest told once, at the first signal */
  constructor(onRequest: () => void) {
    this.#onRequest = onRequest;
    for (const signal of SIGNALS) process.on(signal, this.#handle);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#handle);
  }

  readonly #handle = (): void => {
    if (this.#since === undefined) {
      this.#since = performance.now();
      this.#controller.abort();
      this.#onRequest();
    } else if (!this.#isLaunched && performance.now() - this.#since > ONE_PRESS_MS) {
      process.exit(130);
    }
  };
}
