import { wasmKernels, type WasmKernel, type WasmKernels } from '../kernels/kernel-names.ts';

/** An argument that differs from part to part, or from thread to thread. */
export interface Moving {
  /** For the whole call on the calling thread. */
  readonly base: number;
  /** What is added for every unit before the part. */
  readonly perUnit: number;
  /** What is added for every thread before the one that computes. */
  readonly perThread: number;
  /** The argument is how many units the part has. */
  readonly counts: boolean;
}

export type Argument = number | Moving;

/** How a call may be cut: into parts that write apart from each other and of which none is part of another's sum. */
export interface Split {
  /** Rows, columns, nodes: what is cut. */
  readonly units: number;
  /** Least units of a part; parts begin at multiples of it. */
  readonly grain: number;
  /** About what the whole takes one thread, in nanoseconds. */
  readonly cost: number;
  /** Parts that each thread is to have; more balance better, but a part may repeat work of the others. */
  readonly partsPerThread: number;
}

/** A kernel with its arguments: plain numbers, which go to another thread as they are. */
export interface Call {
  readonly kernel: WasmKernel;
  readonly args: readonly Argument[];
  readonly split?: Split;
}

/** An address that moves on by `step` bytes a unit. */
export function perUnit(base: number, step: number): Argument {
  return { base, perUnit: step, perThread: 0, counts: false };
}

/** How many units there are. */
export function countOf(units: number): Argument {
  return { base: units, perUnit: 0, perThread: 0, counts: true };
}

/** Working memory: `bytes` for each thread. */
export function perThread(base: number, bytes: number): Argument {
  return { base, perUnit: 0, perThread: bytes, counts: false };
}

/** Runs a call in one go. */
export function runWhole(kernels: WasmKernels, { kernel, args }: Call): void {
  kernels[kernel](...args.map((arg) => (typeof arg === 'number' ? arg : arg.base)));
}

/** Where the parts of `count` begin and end: multiples of the grain, the rest in the last one. */
export interface Cut {
  readonly units: number;
  readonly grain: number;
  readonly parts: number;
}

const HEAD = 5;
const FIELDS = 4;
/** Numbers that an encoded call takes at most. */
export const ENCODED = HEAD + FIELDS * 32;

/** Writes a cut call where other threads read it. */
export function encode({ kernel, args }: Call, { units, grain, parts }: Cut, to: Float64Array): void {
  to.set([wasmKernels.indexOf(kernel), args.length, units, grain, parts]);
  args.forEach((arg, i) => {
    const at = HEAD + FIELDS * i;
    if (typeof arg === 'number') to.set([arg, 0, 0, 0], at);
    else to.set([arg.base, arg.perUnit, arg.perThread, Number(arg.counts)], at);
  });
}

/** Runs one part of an encoded call. */
export function runPart(kernels: WasmKernels, from: Float64Array, part: number, thread: number): void {
  const [kernel, length, units, grain, parts] = from as unknown as [number, number, number, number, number];
  const grains = Math.floor(units / grain);
  const start = grain * Math.floor((part * grains) / parts);
  const end = part + 1 === parts ? units : grain * Math.floor(((part + 1) * grains) / parts);
  const args = Array.from({ length }, (_, i) => {
    const at = HEAD + FIELDS * i;
    if (from[at + 3] === 1) return end - start;
    return from[at]! + start * from[at + 1]! + thread * from[at + 2]!;
  });
  kernels[wasmKernels[kernel]!](...args);
}
