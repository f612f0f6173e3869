import { cutOf, LEAST_PART, type Call, type KernelRunner, type WorkspaceSizes } from '@ttrec/backend-linear';
import type { NativeMachine } from './addon.ts';
import { ArgumentBlock } from './argument-block.ts';

/** Positions in native/kernels/table.h. */
const questions = {
  matmulWorkspace: 0,
  bySliceWorkspace: 1,
  byNodeWorkspace: 2,
  byNodeSums: 3,
  dotInteractionWorkspace: 4,
  allFinite: 5,
  keptPanels: 6,
} as const;

/** Runs calls on a native machine. */
export class NativeRunner implements KernelRunner {
  readonly threads: number;
  readonly updatesSlices = true;
  readonly sizes: WorkspaceSizes;
  readonly #machine: NativeMachine;
  readonly #block: ArgumentBlock;
  readonly #leastPart: number;

  /** @param leastPart nanoseconds of work that a part has at least */
  constructor(machine: NativeMachine, leastPart = LEAST_PART) {
    this.threads = machine.threads;
    this.#machine = machine;
    this.#block = new ArgumentBlock(machine.block);
    this.#leastPart = leastPart;
    const ask =
      (question: keyof typeof questions) =>
      (...args: number[]) =>
        this.#ask(question, args);
    this.sizes = {
      keptPanels: ask('keptPanels'),
      matmulWorkspace: ask('matmulWorkspace'),
      bySliceWorkspace: ask('bySliceWorkspace'),
      byNodeWorkspace: ask('byNodeWorkspace'),
      byNodeSums: ask('byNodeSums'),
      dotInteractionWorkspace: ask('dotInteractionWorkspace'),
    };
  }

  run(call: Call): void {
    const cut = this.threads > 1 && call.split ? cutOf(call.split, this.threads, this.#leastPart) : undefined;
    this.#block.write(call, cut);
    this.#machine.run();
  }

  write(address: number, data: Float32Array | Uint32Array): void {
    this.#machine.write(address, data);
  }

  allFinite(address: number, length: number): boolean {
    return this.#ask('allFinite', [address, length]) === 1;
  }

  #ask(question: keyof typeof questions, args: readonly number[]): number {
    this.#block.writeQuestion(args);
    return this.#machine.ask(questions[question]);
  }
}
