import { INTEGERS } from '../columns.ts';

/** Digits of an integer: more could pass 2^53. */
export const MAX_DIGITS = 15;

/** What a cell must be. */
export interface CellRule {
  readonly pattern: RegExp;
  readonly words: string;
}

const label: CellRule = { pattern: /^[01]$/, words: 'must be 0 or 1' };

export const integerRule: CellRule = {
  pattern: new RegExp(`^(-?[0-9]{1,${MAX_DIGITS}})?$`),
  words: `must be empty or an integer of at most ${MAX_DIGITS} digits`,
};

export const categoryRule: CellRule = {
  pattern: /^([0-9a-fA-F]{8})?$/,
  words: 'must be empty or 8 hexadecimal digits',
};

/** The rule of a column of the file, counted from 0. */
export function ruleOf(column: number): CellRule {
  if (column === 0) return label;
  return column <= INTEGERS ? integerRule : categoryRule;
}

/** log(1 + x) of small integers, by far the most of a log's. */
const smallLogs = Float32Array.from({ length: 1024 }, (_, x) => Math.log1p(x));

/** log(1 + max(x, 0)), as DLRM transforms an integer. */
export function logOnePlus(value: number): number {
  if (value <= 0) return 0;
  return value < smallLogs.length ? smallLogs[value]! : Math.log1p(value);
}
