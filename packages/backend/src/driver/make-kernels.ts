import {
  kernelNames,
  type KernelArgs,
  type KernelName,
  type Kernels,
} from '../kernels/kernel-definitions.ts';

/** Every kernel, each made from its name. */
export function makeKernels(
  make: <Name extends KernelName>(name: Name) => (args: KernelArgs[Name]) => void,
): Kernels {
  return Object.fromEntries(kernelNames.map((name) => [name, make(name)])) as unknown as Kernels;
}

/** Kernels as functions over an engine: its memory, its queue, what it has compiled. */
export type KernelsOver<Engine> = {
  readonly [Name in KernelName]: (engine: Engine, args: KernelArgs[Name]) => void;
};

/** These kernels over one engine, as a driver has them. */
export function boundKernels<Engine>(engine: Engine, implementations: KernelsOver<Engine>): Kernels {
  return makeKernels((name) => (args) => {
    implementations[name](engine, args);
  });
}
