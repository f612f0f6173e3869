import { nearest } from '@ttrec/core';
import { z } from 'zod';

/** The largest number of rows a table may have: ids are 32-bit. */
const MAX_ROWS = 4294967295;

export const rowCount = z.int().min(0).max(MAX_ROWS);
export const positiveCount = z.int().min(1).max(MAX_ROWS);
export const cardinality = z.int().min(2).max(MAX_ROWS);
export const fraction = z.number().min(0).lt(1);

/** An object that rejects unknown keys, with a suggestion. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const near = nearest(issue.keys[0]!, Object.keys(shape));
      const meant = near === undefined ? `one of ${Object.keys(shape).join(', ')}` : `"${near}"`;
      return `must not have the key "${issue.keys[0]}"; did you mean ${meant}`;
    },
  });
}

/** How raw values become ids: by frequency of the training rows, or by hashing. */
export const vocabularyIds = strict({
  kind: z.literal('vocabulary'),
  /** Values seen less often in training are treated as unseen ones. */
  minCount: positiveCount.default(1),
  /** The most rows the table may have, those for unseen values included; the least frequent values fall out. */
  maxSize: cardinality.optional(),
  /** What becomes of values without a row: row 0, one of `unseenRows` rows by a hash, or an error. */
  unseen: z.enum(['oov', 'hash', 'error']).default('oov'),
  unseenRows: positiveCount.optional(),
})
  .refine(({ unseen, unseenRows }) => (unseen === 'hash') === (unseenRows !== undefined), {
    message: 'must be given with unseen: "hash", and with no other',
    path: ['unseenRows'],
  })
  .refine(({ maxSize = Infinity, unseenRows = 1 }) => maxSize > unseenRows, {
    message: 'must leave a row beside those for unseen values',
    path: ['maxSize'],
  })
  .refine(
    ({ unseen, minCount, maxSize }) => unseen !== 'error' || (minCount === 1 && maxSize === undefined),
    {
      message:
        '"error" must not go with minCount or maxSize, which leave values of training rows without a row',
      path: ['unseen'],
    },
  );

/** Whether an unusable row ends reading, or is skipped and counted. */
export const onBadLine = z.enum(['fail', 'skip']).default('fail');

/** Held-out shares: rows drawn by a hash of seed and row number, or the last rows of the file. */
export const fractionSplit = strict({
  by: z.enum(['random', 'last']),
  validation: fraction.default(0),
  test: fraction,
  /** Of the draw; that of the run by default. */
  seed: z.int().min(0).optional(),
})
  .refine(({ by, seed }) => seed === undefined || by === 'random', {
    message: 'must go with by: "random"',
    path: ['seed'],
  })
  .refine((split) => split.validation + split.test < 1, {
    message: 'validation and test together must leave rows to train on',
    path: ['test'],
  });

export type FractionSplit = z.output<typeof fractionSplit>;
export type VocabularyIds = z.output<typeof vocabularyIds>;
