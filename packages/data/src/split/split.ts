import { counted, RandomStream } from '@ttrec/core';
import type { FractionSplit } from '../config/common.ts';
import { error } from '../error.ts';
import type { SplitName } from '../dataset.ts';

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
  const stream = new RandomStream(split.seed ?? seed, 'data/split');
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

/** How rows are split, as plain data: `all` for data that a model was not trained on. */
export type SplitRule =
  { readonly all: 'test' } | { readonly split: FractionSplit; readonly seed: number; readonly rows: number };

export function splitOfRule(rule: SplitRule): SplitOfRow {
  if ('all' in rule) return allTest;
  const { split, seed, rows } = rule;
  return split.by === 'random' ? randomSplit(split, seed) : lastSplit(split, rows);
}

/** Turns a list in the order of `splitNames` into a record. */
export function bySplit<Item>(list: ArrayLike<Item>): Record<SplitName, Item> {
  return { train: list[TRAIN]!, validation: list[VALIDATION]!, test: list[TEST]! };
}

/**
 * Checks that there is something to learn from. A base rate of 0 or 1 has no logit.
 *
 * @param args.label the rule or column that defines labels
 * @param args.hint what to do if there are no rows to train on
 * @throws `data/no-training-rows`, `data/one-class`
 */
export function checkTrainingRows(args: {
  readonly file: string;
  readonly label: string;
  readonly rows: Readonly<Record<SplitName, number>>;
  readonly positives: Readonly<Record<SplitName, number>>;
  readonly hint?: string | undefined;
}): void {
  const { file, label, rows, positives, hint = 'Hold out less, or give a longer file.' } = args;
  if (rows.train === 0) {
    const got = `0 of ${counted(rows.train + rows.validation + rows.test, 'row')}`;
    throw error('no-training-rows', {
      subject: file,
      rule: 'the split must leave rows to train on',
      got,
      hint,
    });
  }
  if (positives.train > 0 && positives.train < rows.train) return;
  throw error('one-class', {
    subject: `${file}, ${label}`,
    rule: 'must make some training rows positive and others not',
    got: `${positives.train} positive of ${counted(rows.train, 'row')}`,
    hint: 'Compare it with the values in the file. A split by time may leave only one class.',
  });
}
