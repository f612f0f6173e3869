import { MOST_PARTS, type Call, type Cut } from '@ttrec/backend-linear';
import { error } from '../error.ts';
import { ENCODED, encode } from './call.ts';

/** Words of the control block. */
const OFFERED = 0;
const DONE = 1;
const SLEEPERS = 2;
const STOPPED = 3;
const FAILED = 4;
const ENDED = 5;
const WORDS = 16;

/** The lowest bits of `OFFERED` count the parts that are not taken yet; the bits above number the calls. */
const PARTS_MASK = MOST_PARTS;

/** How often a thread looks before it goes to sleep: some tens of microseconds, longer than from one kernel to the next. */
const LOOKS = 4000;

/** Milliseconds that the leading thread sleeps before it asks whether those that it waits for are still there. */
const SLICE = 500;

/** A following thread that is no more: its number, from 1, and how it ended. */
export interface Ended {
  readonly thread: number;
  readonly reason: string;
}

/**
 * Where one leading thread offers the parts of a call, and all threads take them: numbers in shared memory, no messages.
 *
 * `OFFERED` changes in one step from one call to the next, and only when all parts of the last are done. So a thread that
 * read a call's arguments and then finds `OFFERED` as it was has read them whole, however late it is: taking a part is
 * one compare-and-exchange. Late threads find nothing to take, and no thread waits for them.
 *
 * A part that was taken is waited for, so the end of a thread has to be known. The thread cannot report it: it is busy while it
 * lives, and killed without notice. The thread that started it reports the end (`tellEnd`) if its event loop runs; if it is
 * the one that waits, it asks (`whoEnded`) whenever a slice of its
 * sleep is over.
 */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #call: Float64Array<SharedArrayBuffer>;
  readonly #whoEnded: () => Ended | undefined;
  #reason = 'the end of its worker';

  /** @param whoEnded finds a following thread that has ended, at once, while the event loop stands still */
  constructor(
    buffer = new SharedArrayBuffer(4 * WORDS + 8 * ENCODED),
    whoEnded: () => Ended | undefined = () => undefined,
  ) {
    this.buffer = buffer;
    this.#whoEnded = whoEnded;
    this.#words = new Int32Array(buffer, 0, WORDS);
    this.#call = new Float64Array(buffer, 4 * WORDS);
  }

  /**
   * The leading thread's: offers the parts of a call, and wakes as many as they are for.
   * @throws `backend-wasm/thread-failed` when a following thread has ended
   */
  offer(call: Call, cut: Cut): void {
    this.#requireAll();
    encode(call, cut, this.#call);
    Atomics.store(this.#words, DONE, 0);
    const last = Atomics.load(this.#words, OFFERED);
    Atomics.store(this.#words, OFFERED, ((last | PARTS_MASK) + 1) | cut.parts);
    const sleepers = Atomics.load(this.#words, SLEEPERS);
    if (sleepers > 0) Atomics.notify(this.#words, OFFERED, Math.min(sleepers, cut.parts - 1));
  }

  /** Takes a part of what is offered: its number, counted down; 0 when there is none. `copy` holds the call then. */
  take(copy: Float64Array): number {
    for (;;) {
      const offered = Atomics.load(this.#words, OFFERED);
      const left = offered & PARTS_MASK;
      if (left === 0) return 0;
      copy.set(this.#call);
      if (Atomics.compareExchange(this.#words, OFFERED, offered, offered - 1) === offered) return left;
    }
  }

  /** Counts a part as done; the thread that finishes the last one wakes the leading thread. */
  finish(parts: number, failed: boolean): void {
    if (failed) Atomics.store(this.#words, FAILED, 1);
    if (Atomics.add(this.#words, DONE, 1) + 1 === parts) Atomics.notify(this.#words, DONE);
  }

  /**
   * The leading thread's: until all parts are done. Whether none of them failed.
   * @throws `backend-wasm/thread-failed` when a following thread has ended
   */
  awaitDone(parts: number): boolean {
    for (let looks = 0; looks < LOOKS; looks++) {
      if (Atomics.load(this.#words, DONE) === parts) break;
      pause();
    }
    for (;;) {
      const done = Atomics.load(this.#words, DONE);
      if (done === parts) break;
      this.#requireAll();
      if (Atomics.wait(this.#words, DONE, done, SLICE) === 'timed-out') {
        const ended = this.#whoEnded();
        if (ended) this.tellEnd(ended);
      }
    }
    return Atomics.exchange(this.#words, FAILED, 0) === 0;
  }

  /** Reports that a following thread has ended. From then on the team computes nothing. */
  tellEnd({ thread, reason }: Ended): void {
    if (Atomics.compareExchange(this.#words, ENDED, 0, thread) !== 0) return;
    this.#reason = reason;
    Atomics.notify(this.#words, DONE);
  }

  #requireAll(): void {
    const thread = Atomics.load(this.#words, ENDED);
    if (thread === 0) return;
    throw error('thread-failed', {
      subject: `following thread ${thread}`,
      rule: 'must live as long as its backend',
      got: this.#reason,
      hint: 'It was ended from outside or ran out of memory. What it was computing is lost: make a new backend.',
    });
  }

  /** A following thread's: until something is offered. Whether to go on. */
  awaitOffer(): boolean {
    for (let looks = 0; looks < LOOKS; looks++) {
      if ((Atomics.load(this.#words, OFFERED) & PARTS_MASK) !== 0) return true;
      pause();
    }
    Atomics.add(this.#words, SLEEPERS, 1);
    for (;;) {
      const offered = Atomics.load(this.#words, OFFERED);
      const stopped = Atomics.load(this.#words, STOPPED) === 1;
      if (stopped || (offered & PARTS_MASK) !== 0) {
        Atomics.sub(this.#words, SLEEPERS, 1);
        return !stopped;
      }
      Atomics.wait(this.#words, OFFERED, offered);
    }
  }

  /** Sends the following threads home. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    // A thread that has looked at STOPPED and not yet begun to wait must find OFFERED changed.
    Atomics.add(this.#words, OFFERED, PARTS_MASK + 1);
    Atomics.notify(this.#words, OFFERED);
  }
}

/** Hints to the processor that this loop waits, if the engine has `Atomics.pause`. */
const pause: () => void = (Atomics as { pause?: () => void }).pause?.bind(Atomics) ?? (() => undefined);
