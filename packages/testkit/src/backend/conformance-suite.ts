import type { Backend } from '@ttrec/backend';
import { bagCases } from './cases/bag.ts';
import { bceWithLogitsCases } from './cases/bce-with-logits.ts';
import { dotInteractionCases } from './cases/dot-interaction.ts';
import { errorCases } from './cases/errors.ts';
import { fillAndCopyCases } from './cases/fill-and-copy.ts';
import { matmulCases } from './cases/matmul.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { regularizeCases } from './cases/regularize.ts';
import { streamCases } from './cases/stream.ts';
import { tensorTrainCases } from './cases/tensor-train.ts';
import { updateCases } from './cases/update.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** Everything that must hold for a backend, as plain data: any runner can go through it. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...streamCases,
  ...errorCases,
  ...fillAndCopyCases,
  ...elementwiseCases,
  ...matmulCases,
  ...bagCases,
  ...tensorTrainCases,
  ...dotInteractionCases,
  ...bceWithLogitsCases,
  ...updateCases,
  ...regularizeCases,
];

/** What a test runner has to offer: vitest's, jest's and node:test's functions fit. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
}

export interface ConformanceSuite extends TestRunner {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes the backend under test, anew for every case; the suite disposes it. */
  readonly create: () => Backend | Promise<Backend>;
}

/** Defines one test a case. */
export function conformanceSuite({ name, create, describe, test }: ConformanceSuite): void {
  describe(`conformance of ${name}`, () => {
    for (const conformanceCase of conformanceCases) {
      test(conformanceCase.name, async () => {
        const backend = await create();
        try {
          await conformanceCase.run(backend);
        } finally {
          await backend.dispose();
        }
      });
    }
  });
}
