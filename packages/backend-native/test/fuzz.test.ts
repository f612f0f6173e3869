import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { checkRandomCases, checkSameBits } from '@ttrec/testkit/backend';
import { describe, expect, test } from 'vitest';
import { engines } from './engines.ts';

/** TTREC_FUZZ_CASES=10000 for more. */
const CASES = Number(process.env['TTREC_FUZZ_CASES'] ?? 500);
const TIMEOUT = 60_000 + 60 * CASES;

describe.each(engines)('$name', ({ skip, create }) => {
  test.skipIf(skip)(
    `${CASES} random cases agree with the reference, and with themselves to the bit`,
    async () => {
      const native = await create();
      await checkRandomCases(native, createCpuBackend(), { cases: CASES });
      expect(native.memory()).toMatchObject({ buffers: 0, bytes: 0 });
      await native.dispose();
    },
    TIMEOUT,
  );

  test.skipIf(skip)(
    `${CASES} random cases have the bits of relaxed WebAssembly`,
    async () => {
      const native = await create();
      const wasm = await createWasmBackend({ simd: 'relaxed' });
      await checkSameBits(native, wasm, { cases: CASES });
      await native.dispose();
    },
    TIMEOUT,
  );
});
