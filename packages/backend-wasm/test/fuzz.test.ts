import { createCpuBackend } from '@ttrec/backend-cpu';
import { checkRandomCases } from '@ttrec/testkit/backend';
import { describe, expect, test } from 'vitest';
import { builds } from './builds.ts';

/** TTREC_FUZZ_CASES=10000 for more. */
const CASES = Number(process.env['TTREC_FUZZ_CASES'] ?? 2000);

describe.each(builds)('$name', ({ skip, create }) => {
  test.skipIf(skip)(
    `${CASES} random cases agree with the reference, and with themselves to the bit`,
    async () => {
      const wasm = await create();
      await checkRandomCases(wasm, createCpuBackend(), { cases: CASES });
      expect(wasm.memory()).toMatchObject({ buffers: 0, bytes: 0 });
    },
    60_000 + 60 * CASES,
  );
});
