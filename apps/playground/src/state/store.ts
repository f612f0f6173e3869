import type { FromWorker } from '../protocol/messages.ts';
import { reduce, type PageEvent, type UserEvent } from './reduce.ts';
import type { PageState } from './state.ts';

/** The page's state, and who is told when it changes: once a frame at most. */
export class Store {
  #state: PageState;
  #isScheduled = false;
  readonly #listeners: ((state: PageState) => void)[] = [];

  constructor(state: PageState) {
    this.#state = state;
  }

  get state(): PageState {
    return this.#state;
  }

  /** What the visitor did. */
  dispatch(event: UserEvent): void {
    this.#take({ by: 'visitor', event });
  }

  /** What the worker reports. */
  receive(event: FromWorker): void {
    this.#take({ by: 'worker', event });
  }

  /** Calls the listener now, and after every change. */
  subscribe(listener: (state: PageState) => void): void {
    this.#listeners.push(listener);
    listener(this.#state);
  }

  #take(event: PageEvent): void {
    this.#state = reduce(this.#state, event);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      for (const listener of this.#listeners) listener(this.#state);
    });
  }
}
