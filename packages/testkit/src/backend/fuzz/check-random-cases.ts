import type { Backend } from '@ttrec/backend';
import { RandomStream } from '@ttrec/core';
import { error } from '../../error.ts';
import { fuzzCases, type FuzzCase } from './fuzz-cases.ts';
import { largeCases } from './large-cases.ts';
import { Stage } from './stage.ts';

/** As in the conformance suite: float32 sums of n terms err by n·2^-24 of the sum of absolute values; twice that. */
const UNIT = 2 ** -23;

interface Run {
  readonly results: readonly Float32Array[];
  readonly terms: number;
}

/** Which cases: the numbers `from … from + cases - 1`. The same number is the same case everywhere. */
export interface RandomCases {
  readonly cases: number;
  readonly from?: number;
}

/**
 * Runs kernels on random shapes and numbers and compares with another backend: results must agree within rounding, and twice
 * the same case must give the same bits. O(cases).
 *
 * @throws `testkit/bad-result` for the first case that differs, with its name
 */
export async function checkRandomCases(
  backend: Backend,
  reference: Backend,
  { cases, from = 0 }: RandomCases,
): Promise<void> {
  for (let i = from; i < from + cases; i++) {
    const [name, run] = randomCase(i);
    const got = await runOn(backend, name, run);
    const want = await runOn(reference, name, run);
    const scale = await runOn(reference, name, run, true);
    requireNone(name, difference(got, want, scale));
    requireNone(name, firstOtherBits(await runOn(backend, name, run), got));
  }
}

/**
 * Runs the same random cases, and some of large shapes, on two backends that promise the same bits.
 *
 * @throws `testkit/bad-result` for the first case that differs, with its name
 */
export async function checkSameBits(
  backend: Backend,
  other: Backend,
  { cases, from = 0 }: RandomCases,
): Promise<void> {
  const random = Array.from({ length: cases }, (_, i) => randomCase(from + i));
  for (const [name, run] of [...largeCases, ...random]) {
    requireNone(name, firstOtherBits(await runOn(backend, name, run), await runOn(other, name, run)));
  }
}

function randomCase(i: number): readonly [name: string, run: FuzzCase] {
  const [kernel, run] = fuzzCases[i % fuzzCases.length]!;
  return [`random case ${i}, ${kernel}`, run];
}

async function runOn(
  backend: Backend,
  name: string,
  run: (stage: Stage) => unknown,
  absolute = false,
): Promise<Run> {
  const stage = new Stage(backend, new RandomStream(17, name), absolute);
  try {
    const terms = Number(run(stage));
    return { terms, results: await Promise.all(stage.outputs.map((buffer) => backend.read(buffer))) };
  } finally {
    stage.dispose();
  }
}

function requireNone(name: string, difference: string | undefined): void {
  if (difference === undefined) return;
  throw error('bad-result', {
    subject: name,
    rule: 'results must agree',
    got: difference,
  });
}

/** Where two runs differ by more than rounding: a line that names it, or nothing. */
function difference(got: Run, want: Run, scale: Run): string | undefined {
  for (const [output, numbers] of want.results.entries()) {
    for (const [i, wanted] of numbers.entries()) {
      const bound = UNIT * want.terms * scale.results[output]![i]!;
      const value = got.results[output]![i]!;
      if (Math.abs(value - wanted) <= bound) continue;
      return `output ${output} [${i}]: ${value} is not within ${bound} of ${wanted}`;
    }
  }
  return undefined;
}

function firstOtherBits(got: Run, want: Run): string | undefined {
  for (const [output, numbers] of want.results.entries()) {
    const bits = new Uint32Array(got.results[output]!.buffer);
    const at = new Uint32Array(numbers.buffer).findIndex((wanted, i) => bits[i] !== wanted);
    if (at !== -1)
      return `output ${output} [${at}]: ${got.results[output]![at]}, and ${numbers[at]} (other bits)`;
  }
  return undefined;
}
