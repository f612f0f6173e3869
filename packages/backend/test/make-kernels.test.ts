import { boundKernels, makeKernels, type KernelsOver } from '@ttrec/backend/driver';
import { kernelNames } from '@ttrec/backend/kernels';
import { expect, test } from 'vitest';

test('every kernel is made of its own name, and bound to the engine', () => {
  const calls: unknown[] = [];
  const engine = { calls };
  const implementations = Object.fromEntries(
    kernelNames.map((name) => [name, (own: typeof engine, args: unknown) => own.calls.push([name, args])]),
  ) as unknown as KernelsOver<typeof engine>;
  const kernels = boundKernels(engine, implementations);
  expect(Object.keys(kernels)).toEqual([...kernelNames]);
  for (const name of kernelNames) kernels[name](`arguments of ${name}` as never);
  expect(calls).toEqual(kernelNames.map((name) => [name, `arguments of ${name}`]));
  makeKernels((name) => () => void calls.push(name)).fill({} as never);
  expect(calls.at(-1)).toBe('fill');
});
