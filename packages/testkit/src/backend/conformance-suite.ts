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
import { checkSuite, createdBackend, type Suite } from './suite.ts';
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

/** Defines one test a case. @throws `testkit/unknown-option`, `testkit/bad-option` */
export function conformanceSuite(suite: Suite): void {
  checkSuite('conformanceSuite', suite);
  const { name, create, describe, test } = suite;
  describe(`conformance of ${name}`, () => {
    for (const conformanceCase of conformanceCases) {
      test(conformanceCase.name, async () => {
        const backend = await createdBackend(create);
        try {
          await conformanceCase.run(backend);
        } finally {
          await backend.dispose();
        }
      });
    }
  });
}
