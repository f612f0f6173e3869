import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { checkRandomCases, checkSameBits } from '@ttrec/testkit/backend';
import { describe, expect, test } from 'vitest';
import { engines } from './engines.ts';

/** TTREC_FUZZ_CASES=10000 for more. */
const CASES = Number(process.env['TTREC_FUZZ_CASES'] ?? 400);
/** Further cases, new in every run unless a seed is given; a failure names the number of its case. */
const FRESH = { cases: 100, from: Math.abs(Number(process.env['TTREC_PROPERTY_SEED'] ?? Date.now())) };
const TIMEOUT = 60_000 + 60 * CASES;

describe.each(engines)('$name', ({ skip, create }) => {
  test.skipIf(skip)(
    `${CASES} random cases, and 100 from ${FRESH.from} on, agree with the reference, and with themselves to the bit`,
    async () => {
      const native = await create();
      await checkRandomCases(native, createCpuBackend(), { cases: CASES });
      await checkRandomCases(native, createCpuBackend(), FRESH);
      expect(native.memory()).toMatchObject({ buffers: 0, bytes: 0 });
      await native.dispose();
    },
    TIMEOUT,
  );

  test.skipIf(skip)(
    `${CASES} random cases, and 100 from ${FRESH.from} on, have the bits of relaxed WebAssembly`,
    async () => {
      const native = await create();
      const wasm = await createWasmBackend({ simd: 'relaxed' });
      await checkSameBits(native, wasm, { cases: CASES });
      await checkSameBits(native, wasm, FRESH);
      await native.dispose();
    },
    TIMEOUT,
  );
});
