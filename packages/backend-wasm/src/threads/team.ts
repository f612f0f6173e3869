import { cutOf, LEAST_PART, type Call, type Cut } from '@ttrec/backend-linear';
import { error } from '../error.ts';
import type { WasmKernels } from '../module/wasm-kernels.ts';
import { ENCODED, runPart, runWhole } from './call.ts';
import type { Control } from './control.ts';

/** The threads that compute: the one that leads, whose calls these are, and those that follow. */
export class Team {
  readonly threads: number;
  readonly #kernels: WasmKernels;
  readonly #control: Control | undefined;
  readonly #leastPart: number;
  readonly #copy = new Float64Array(ENCODED);

  /**
   * @param control absent for a team of one
   * @param leastPart nanoseconds of work that a part has at least
   */
  constructor(kernels: WasmKernels, threads: number, control?: Control, leastPart = LEAST_PART) {
    this.#kernels = kernels;
    this.threads = threads;
    this.#control = control;
    this.#leastPart = leastPart;
  }

  /**
   * Runs a call and returns when all of it is done.
   * @throws what a kernel throws; `backend-wasm/thread-failed` when one fails in another thread, or a thread has ended
   */
  run(call: Call): void {
    const cut = this.#control && call.split && cutOf(call.split, this.threads, this.#leastPart);
    if (cut === undefined) runWhole(this.#kernels, call);
    else this.#runTogether(this.#control!, call, cut);
  }

  #runTogether(control: Control, call: Call, cut: Cut): void {
    control.offer(call, cut);
    takeParts(control, this.#kernels, this.#copy, 0);
    if (control.awaitDone(cut.parts)) return;
    throw error('thread-failed', {
      subject: `kernel ${call.kernel}`,
      rule: 'must be computed in all its parts',
      got: 'a part that failed',
    });
  }
}

/** A following thread: takes parts until it is sent home. `thread` counts from 1. */
export function follow(control: Control, kernels: WasmKernels, thread: number): void {
  const copy = new Float64Array(ENCODED);
  while (control.awaitOffer()) takeParts(control, kernels, copy, thread);
}

function takeParts(control: Control, kernels: WasmKernels, copy: Float64Array, thread: number): void {
  for (;;) {
    const left = control.take(copy);
    if (left === 0) return;
    const parts = copy[4]!;
    let failed = true;
    try {
      runPart(kernels, copy, parts - left, thread);
      failed = false;
    } catch {
      // The leading thread hears of it when all parts are done: until then the others still compute.
    }
    control.finish(parts, failed);
  }
}
