import type { NativeMachine } from './addon.ts';
import { error } from './error.ts';

interface Waiting {
  readonly resolve: (data: ArrayBuffer | undefined) => void;
  readonly reject: (reason: Error) => void;
}

/** What is waited for while a leading thread computes. */
export class PendingReads {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** For the machine: settles what has this number. */
  readonly onDone = (id: number, data: ArrayBuffer | undefined): void => {
    const found = this.#waiting.get(id);
    this.#waiting.delete(id);
    found?.resolve(data);
  };

  /** A copy of `bytes` bytes when everything enqueued before is done. */
  ask(machine: NativeMachine, address = 0, bytes = 0): Promise<ArrayBuffer | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(++this.#lastId, { resolve, reject });
      machine.later(this.#lastId, address, bytes);
    });
  }

  /** Rejects what will not be answered. */
  rejectAll(): void {
    for (const { reject } of this.#waiting.values()) {
      reject(
        error('disposed', {
          subject: 'a read or sync',
          rule: 'must be awaited before its backend is disposed',
          hint: 'Await it, then dispose the backend.',
        }),
      );
    }
    this.#waiting.clear();
  }
}
