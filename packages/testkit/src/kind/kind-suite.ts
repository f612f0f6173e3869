import { checkList, checkObject } from '@ttrec/core/options';
import { cost, type TableSize } from '@ttrec/embeddings';
import { checkSuite, createdBackend, type Suite } from '../backend/suite.ts';
import { error } from '../error.ts';
import { costCases } from './cases/cost.ts';
import { exportCases } from './cases/export.ts';
import { forwardCases } from './cases/forward.ts';
import { integerCases } from './cases/integers.ts';
import { initialisationCases } from './cases/initialisation.ts';
import { rowCases } from './cases/rows.ts';
import { stateCases } from './cases/state.ts';
import { trainingCases } from './cases/training.ts';
import type { KindCase } from './kind-case.ts';
import type { TableUnderTest } from './table-under-test.ts';

/** Everything that must hold for a table of any kind, as plain data: any runner can go through it. */
export const kindCases: readonly KindCase[] = [
  ...costCases,
  ...rowCases,
  ...forwardCases,
  ...trainingCases,
  ...integerCases,
  ...stateCases,
  ...exportCases,
  ...initialisationCases,
];

/** Sizes at which tables have gone wrong: one number, one row, one column, a prime of rows, and an ordinary one. */
export const cornerSizes: readonly TableSize[] = [
  { numEmbeddings: 1, embeddingDim: 1 },
  { numEmbeddings: 1, embeddingDim: 4 },
  { numEmbeddings: 11, embeddingDim: 1 },
  { numEmbeddings: 53, embeddingDim: 6 },
  { numEmbeddings: 24, embeddingDim: 8 },
];

export interface KindSuite extends Suite {
  readonly tables: readonly TableUnderTest[];
}

/** Defines one test for each case of each table. @throws `testkit/unknown-option`, `testkit/bad-option` */
export function kindSuite(suite: KindSuite): void {
  checkSuite('kindSuite', suite, { tables: 'any' });
  checkList(error, 'bad-option', 'kindSuite, tables', suite.tables);
  for (const table of suite.tables) checkObject(error, 'bad-option', 'kindSuite, table', table);
  const { name, tables, create, describe, test } = suite;
  describe(`tables of ${name}`, () => {
    for (const table of tables) {
      describe(`${table.name}, ${table.numEmbeddings} x ${table.embeddingDim}`, () => {
        for (const kindCase of casesOf(table)) {
          test(kindCase.name, async () => {
            const backend = await createdBackend(create);
            try {
              await kindCase.run(table, backend);
            } finally {
              await backend.dispose();
            }
          });
        }
      });
    }
  });
}

function casesOf({ config, kinds, ...size }: TableUnderTest): readonly KindCase[] {
  const { inferenceOnly } = cost(config, size, { rule: 'sgd' }, kinds);
  return inferenceOnly ? kindCases.filter(({ trains }) => !trains) : kindCases;
}
