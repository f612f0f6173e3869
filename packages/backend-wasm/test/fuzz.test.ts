import { createCpuBackend } from '@ttrec/backend-cpu';
import type { Backend } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import { describe, expect, test } from 'vitest';
import { builds } from './builds.ts';
import { fuzzCases, Stage, type FuzzCase } from './fuzz-cases.ts';

/** TTREC_FUZZ_CASES=10000 for more. */
const CASES = Number(process.env['TTREC_FUZZ_CASES'] ?? 2000);
/** As in the conformance suite: float32 sums of n terms err by n·2^-24 of the sum of absolute values; twice that. */
const UNIT = 2 ** -23;

interface Run {
  readonly results: readonly Float32Array[];
  readonly terms: number;
}

async function runCase(backend: Backend, run: FuzzCase, name: string, absolute = false): Promise<Run> {
  const stage = new Stage(backend, new RandomStream(17, name), absolute);
  try {
    const terms = run(stage);
    return { terms, results: await Promise.all(stage.outputs.map((buffer) => backend.read(buffer))) };
  } finally {
    stage.dispose();
  }
}

/** Where two runs differ by more than rounding: a line that names it, or nothing. */
function difference(got: Run, want: Run, scale: Run): string | undefined {
  for (const [output, numbers] of want.results.entries()) {
    for (const [i, wanted] of numbers.entries()) {
      const bound = UNIT * want.terms * scale.results[output]![i]!;
      const value = got.results[output]![i]!;
      if (!(Math.abs(value - wanted) <= bound)) {
        return `output ${output} [${i}]: ${value} is not within ${bound} of ${wanted}`;
      }
    }
  }
  return undefined;
}

describe.each(builds)('$name', ({ skip, create }) => {
  test.skipIf(skip)(
    `${CASES} random cases agree with the reference, and with themselves to the bit`,
    async () => {
      const [cpu, wasm] = [createCpuBackend(), await create()];
      for (let i = 0; i < CASES; i++) {
        const [kernel, run] = fuzzCases[i % fuzzCases.length]!;
        const name = `fuzz ${i}, ${kernel}`;
        const got = await runCase(wasm, run, name);
        const want = await runCase(cpu, run, name);
        const scale = await runCase(cpu, run, name, true);
        expect(difference(got, want, scale), name).toBeUndefined();
        const bits = (result: Run) => result.results.map(({ buffer }) => new Uint32Array(buffer));
        expect(bits(await runCase(wasm, run, name)), name).toEqual(bits(got));
      }
      expect(wasm.memory()).toMatchObject({ buffers: 0, bytes: 0 });
    },
    60_000 + 60 * CASES,
  );
});
