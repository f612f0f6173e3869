import { linearKernels, type Call, type Cut } from '@ttrec/backend-linear';
import type { WasmKernels } from '../module/wasm-kernels.ts';

/** Runs a call in one go. */
export function runWhole(kernels: WasmKernels, { kernel, args }: Call): void {
  kernels[kernel](...args.map((arg) => (typeof arg === 'number' ? arg : arg.base)));
}

const HEAD = 5;
const FIELDS = 4;
/** Numbers that an encoded call takes at most. */
export const ENCODED = HEAD + FIELDS * 32;

/** Writes a cut call where other threads read it. */
export function encode({ kernel, args }: Call, { units, grain, parts }: Cut, to: Float64Array): void {
  to.set([linearKernels.indexOf(kernel), args.length, units, grain, parts]);
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
  kernels[linearKernels[kernel]!](...args);
}
