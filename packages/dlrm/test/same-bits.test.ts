import type { Backend } from '@ttrec/backend';
import { createNativeBackend, createNativeBackendFactory } from '@ttrec/backend-native';
import { createWasmBackend, createWasmBackendFactory } from '@ttrec/backend-wasm';
import { describe, expect, test } from 'vitest';
import { trainedBits } from '../test-browser/trained-bits.ts';

const simds = ['avx512', 'avx2', 'neon'] as const;

/** Engines that round a multiply-add once, and have their sums in one order; those that run here. */
const engines: [name: string, create: () => Promise<Backend>][] = [];
if ((await createWasmBackendFactory({ simd: 'relaxed' }).availability()).available) {
  engines.push(['WebAssembly', () => createWasmBackend({ simd: 'relaxed' })]);
}
for (const simd of simds) {
  if (!(await createNativeBackendFactory({ simd }).availability()).available) continue;
  engines.push([simd, () => createNativeBackend({ simd })]);
  engines.push([
    `${simd}, two threads, a free event loop`,
    () => createNativeBackend({ simd, threads: 2, eventLoop: 'free' }),
  ]);
}

describe.each(['sgd', 'adagrad'] as const)('50 steps of %s', (rule) => {
  const [first, ...others] = engines;

  test.each(others)(`leave the same bits on ${first?.[0]} and %s`, async (_, create) => {
    const [want, got] = [await first![1](), await create()];
    const bits = await trainedBits(want, rule);
    expect(await trainedBits(got, rule)).toEqual(bits);
    expect(bits.losses.at(-1)).toBeLessThan(bits.losses[0]!);
    for (const backend of [want, got]) await backend.dispose();
  });
});
