import { RandomStream } from '@ttrec/core';
import type { FractionSplit } from '../config/common.ts';
import { error } from '../error.ts';
import { splitNames, type SplitName } from '../dataset.ts';

/** Positions in `splitNames`. */
export const TRAIN = 0;
export const VALIDATION = 1;
export const TEST = 2;

/** The split of a row, as a position in `splitNames`. */
export type SplitOfRow = (row: number) => number;

/**
 * The split of each row by drawing: a pure function of seed and row number, so that every pass over a file agrees
 * and rows added at its end move none.
 */
export function randomSplit(split: FractionSplit, seed: number): SplitOfRow {
  const stream = new RandomStream(seed, 'data/split');
  const testBelow = split.test * 2 ** 32;
  const validationBelow = (split.test + split.validation) * 2 ** 32;
  return (row) => {
    const word = stream.wordAt(row);
    return word < testBelow ? TEST : word < validationBelow ? VALIDATION : TRAIN;
  };
}

/** The last rows for testing, those before them for validation. */
export function lastSplit(split: FractionSplit, rows: number): SplitOfRow {
  const testFrom = rows - Math.round(rows * split.test);
  const validationFrom = testFrom - Math.round(rows * split.validation);
  return (row) => (row >= testFrom ? TEST : row >= validationFrom ? VALIDATION : TRAIN);
}

/** Of other data than a model was trained on. */
export const allTest: SplitOfRow = () => TEST;

/** Turns counts in the order of `splitNames` into a record. */
export function bySplit(counts: ArrayLike<number>): Record<SplitName, number> {
  return { train: counts[TRAIN]!, validation: counts[VALIDATION]!, test: counts[TEST]! };
}

/** @throws `data/no-training-rows`, since there is nothing to build vocabularies from */
export function checkTrainingRows(
  rows: Record<SplitName, number>,
  file: string,
  hint = 'Hold out less, or give a longer file.',
): void {
  if (rows.train > 0) return;
  const total = splitNames.reduce((sum, name) => sum + rows[name], 0);
  throw error('no-training-rows', {
    subject: file,
    rule: `the split must leave rows to train on`,
    got: `0 of ${total} rows`,
    hint,
  });
}

/**
 * @param args.subject the rule or column that defines labels
 * @throws `data/one-class`: there is nothing to learn, and the base rate of 0 or 1 has no logit
 */
export function requireBothClasses(args: {
  readonly rows: number;
  readonly positives: number;
  readonly subject: string;
}): void {
  const { rows, positives, subject } = args;
  if (positives > 0 && positives < rows) return;
  throw error('one-class', {
    subject,
    rule: 'must make some training rows positive and others not',
    got: `${positives} positive of ${rows} rows`,
    hint: 'Compare it with the values in the file. A split by time may leave only one class.',
  });
}
