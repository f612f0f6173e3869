/** Positions in the list of instruction sets of native/engines.h. */
export const instructionSets = ['avx512', 'avx2', 'neon'] as const satisfies readonly InstructionSet[];

export type InstructionSet = 'avx512' | 'avx2' | 'neon';

/** What native/addon.cpp exports. */
export interface Addon {
  /** What can be opened here, best first: position and name alternate. */
  engines(): readonly (number | string)[];
  /** Undefined where the range of addresses, or the leading thread, cannot be had. */
  open(
    engine: number,
    bytes: number,
    threads: number,
    leads: boolean,
    onDone: (id: number, data: ArrayBuffer | undefined) => void,
  ): NativeMachine | undefined;
  /** A product of arrays where they are, [m][n] row-major. */
  product(
    ...args: readonly [
      engine: number,
      ...arrays: [a: Float32Array, b: Float32Array, out: Float32Array],
      ...extents: [m: number, n: number, k: number],
      ...transposes: [a: boolean, b: boolean],
    ]
  ): void;
  /** [rows][pieces][length] to [pieces][rows][length] in every block. */
  swapAxes(
    ...args: readonly [
      engine: number,
      ...arrays: [from: Float32Array, to: Float32Array],
      ...extents: [blocks: number, rows: number, pieces: number, length: number],
    ]
  ): void;
  /** See native/positions.h; the arrays have room. */
  group(values: Uint32Array, n: number, ...into: Uint32Array[]): number;
  split(prefixes: Uint32Array, n: number, factor: number, ...into: Uint32Array[]): number;
  groupDigits(digits: Uint32Array, n: number, factor: number, ...into: Uint32Array[]): number;
}

/** A range of memory, the kernels of one instruction set over it, and the threads that run them. */
export interface NativeMachine {
  /** Arguments of a call; see native/machine/call.h. */
  readonly block: ArrayBuffer;
  /** Where the memory begins. */
  readonly start: number;
  readonly threads: number;
  /** Runs or enqueues the call in the block. */
  run(): void;
  /** Answers a question of native/kernels/table.h whose arguments are in the block. */
  ask(question: number): number;
  /** Makes memory up to an address usable; false where there is none left. */
  commit(end: number): boolean;
  zero(address: number, bytes: number): void;
  /** As `zero`, and gives whole pages back to the system. */
  discard(address: number, bytes: number): void;
  /** In builds with AddressSanitizer: from here on, using the bytes is right, or a mistake. */
  mark?(address: number, bytes: number, usable: boolean): void;
  write(address: number, data: Float32Array | Uint32Array): void;
  /** Fills `data` with what memory holds now. */
  read(address: number, data: Float32Array): void;
  /** With a leading thread: calls `onDone` with `id`, and with a copy of `bytes` bytes, when everything before is done. */
  later(id: number, address: number, bytes: number): void;
  dispose(): void;
}
