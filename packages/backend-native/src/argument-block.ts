import { linearKernels, type Argument, type Call, type Cut } from '@ttrec/backend-linear';

/** Positions in the block; see native/machine/call.h. */
const ARGUMENTS = 1;
const PARTS = 2;
const UNITS = 3;
const GRAIN = 4;
const BASE = 8;
const MOST_ARGUMENTS = 32;
const PER_UNIT = BASE + MOST_ARGUMENTS;
const PER_THREAD = PER_UNIT + MOST_ARGUMENTS;
const COUNTS = PER_THREAD + MOST_ARGUMENTS;

const numberOf = new Map(linearKernels.map((kernel, position) => [kernel, position]));

/** Where native code finds the arguments of a call: a call through numbers takes a fifth of one with arguments. */
export class ArgumentBlock {
  readonly #numbers: Float64Array;

  constructor(block: ArrayBuffer) {
    this.#numbers = new Float64Array(block);
  }

  /** Writes a call that is run in one go, or in the parts of `cut`. */
  write({ kernel, args }: Call, cut: Cut | undefined): void {
    const numbers = this.#numbers;
    numbers[0] = numberOf.get(kernel)!;
    numbers[ARGUMENTS] = args.length;
    numbers[PARTS] = cut === undefined ? 0 : cut.parts;
    if (cut === undefined) {
      for (let i = 0; i < args.length; i++) {
        const arg = args[i]!;
        numbers[BASE + i] = typeof arg === 'number' ? arg : arg.base;
      }
      return;
    }
    numbers[UNITS] = cut.units;
    numbers[GRAIN] = cut.grain;
    for (let i = 0; i < args.length; i++) this.#writeMoving(i, args[i]!);
  }

  #writeMoving(i: number, arg: Argument): void {
    const numbers = this.#numbers;
    const moves = typeof arg !== 'number';
    numbers[BASE + i] = moves ? arg.base : arg;
    numbers[PER_UNIT + i] = moves ? arg.perUnit : 0;
    numbers[PER_THREAD + i] = moves ? arg.perThread : 0;
    numbers[COUNTS + i] = moves && arg.counts ? 1 : 0;
  }

  /** Writes the arguments of a question. */
  writeQuestion(args: readonly number[]): void {
    for (let i = 0; i < args.length; i++) this.#numbers[BASE + i] = args[i]!;
  }
}
