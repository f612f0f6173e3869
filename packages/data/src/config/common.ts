import { z } from 'zod';

/** The largest number of rows a table may have: ids are 32-bit. */
const MAX_ROWS = 4294967295;

export const rowCount = z.int().min(0).max(MAX_ROWS);
export const positiveCount = z.int().min(1).max(MAX_ROWS);
export const cardinality = z.int().min(2).max(MAX_ROWS);
const fraction = z.number().min(0).lt(1);

/** How raw values become ids: by frequency of the training rows, or by hashing. */
export const vocabularyIds = z.strictObject({
  kind: z.literal('vocabulary'),
  /** Values seen less often in training share row 0. */
  minCount: positiveCount.default(1),
  /** The most rows the table may have, row 0 included; the least frequent values fall out. */
  maxSize: cardinality.optional(),
});

/** Whether a row that cannot be used ends reading or is counted and left out. */
export const onBadLine = z.enum(['fail', 'skip']).default('fail');

/** Held-out shares: rows drawn by a hash of seed and row number, or the last rows of the file. */
export const fractionSplit = z
  .strictObject({
    by: z.enum(['random', 'last']),
    validation: fraction.default(0),
    test: fraction,
  })
  .refine((split) => split.validation + split.test < 1, {
    message: 'validation and test together must leave rows to train on',
    path: ['test'],
  });

export type FractionSplit = z.output<typeof fractionSplit>;
export type VocabularyIds = z.output<typeof vocabularyIds>;
