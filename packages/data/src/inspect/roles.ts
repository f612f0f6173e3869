import { counted } from '@ttrec/core';
import { timeIn } from '../cells/time.ts';
import type { ColumnSummary } from './column-stats.ts';
import { isPart } from './guess-label.ts';

/** What a column is used for, and why. */
export interface ColumnRole {
  readonly role: 'label' | 'dense' | 'feature' | 'time' | 'skip';
  readonly why: string;
  /** Of a feature whose cells hold several values. */
  readonly separator?: string | undefined;
  /** Whether the reader should know of it. */
  readonly isWarning?: boolean;
}

const TIME_NAME = /(date|time|timestamp|datetime|(^|_)(ts|at|day))$/i;
const YEAR_NAME = /(^|_)(year|yr)$/i;
/** An identifier rather than an amount. */
const ID_NAME =
  /((^|[_\W])(ids?|user|item|product|page|ad|site|app|device|category|cat|brand|city|country|code|zip|type|hour|weekday|month)|[a-z]I[Dd])$/i;
/** Integers with fewer different values are ids. */
const FEW = 50;
/** A text with more different values a row is nearly unique. */
const NEARLY = 0.9;
const ENOUGH_ROWS = 200;
const SEPARATORS = ['|', ';', ', ', ','] as const;

/** What a column is best used for, the label aside. */
export function roleOf(column: ColumnSummary): ColumnRole {
  const { name, type, distinct, rows, missing } = column;
  const known = rows - missing;
  const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  const unread = unreadable(column);
  if (unread) return { role: 'skip', why: unread, isWarning: true };
  if (type === 'empty') return { role: 'skip', why: 'no row has a value', isWarning: true };
  if (distinct === 1 && missing === 0)
    return { role: 'skip', why: 'constant: every row has the same value', isWarning: true };
  if (isPart(column))
    return {
      role: 'skip',
      why: 'names the part of the data that a row is in, not what it is',
      isWarning: true,
    };
  if (type === 'time' || (TIME_NAME.test(name) && areTimes(column)))
    return { role: 'time', why: 'a time: rows are split by it' };
  if (YEAR_NAME.test(name) && isYearOfRows(column))
    return { role: 'time', why: 'a year that the rows are in the order of: they are split by it' };
  if (type === 'list') return { role: 'feature', why: 'lists', separator: '|' };
  const isId = ID_NAME.test(name);
  if (type === 'number' && !isId) return { role: 'dense', why: 'a number' };
  const isUnique = known >= ENOUGH_ROWS && distinct > NEARLY * known;
  if (isUnique && type !== 'integer')
    return {
      role: 'skip',
      why: `nearly unique: ${counted(distinct, 'value')} in ${counted(known, 'row')}`,
      isWarning: true,
    };
  if (type === 'integer' && !isId && distinct > FEW) return { role: 'dense', why: 'a number' };
  if (isUnique)
    return {
      role: 'skip',
      why: `an id that is nearly unique: ${counted(distinct, 'value')} in ${counted(known, 'row')}`,
      isWarning: true,
    };
  const separator = separatorOf(column);
  if (separator)
    return { role: 'feature', why: `several values, separated by ${JSON.stringify(separator)}`, separator };
  return {
    role: 'feature',
    why: `${counted(distinct, 'different value')}${missing > 0 ? `, ${percent(missing / rows)} missing` : ''}`,
  };
}

/** Digits with a comma in place of the point, and dates whose day and month cannot be told apart. */
const COMMA = /^[+-]?\d+(,\d+)?$/;
const LOCAL_DATE = /^\d{1,2}([/.-])\d{1,2}\1(\d{2}|\d{4})\b/;

/** Why no role suits a column as it is written, if that is so. */
function unreadable({ name, type, values, objects }: ColumnSummary): string | undefined {
  if (name === '') return 'a column without a name, often the numbers of the rows';
  if (objects > 0) return `objects in ${counted(objects, 'row')}: give their fields columns of their own`;
  if (type !== 'text') return undefined;
  const texts = values.map(({ text }) => text.trim());
  if (texts.every((text) => COMMA.test(text))) return 'numbers with a decimal comma: write them with a point';
  if (texts.every((text) => LOCAL_DATE.test(text)))
    return 'dates whose day and month cannot be told apart: write them as 2024-05-06';
  return undefined;
}

/** Whether numbers are plausible as times: 8 digits of a day, or units since 1970 from 1990 on. */
function areTimes({ values, numbers }: ColumnSummary): boolean {
  return (
    numbers !== undefined &&
    values.every(
      ({ text }, i) => (/^(1[89]|2\d)\d{6}$/.test(text) && timeIn(text) !== undefined) || numbers[i]! > 6e8,
    )
  );
}

/** Whether rows come year by year; otherwise it may be the year of a thing that they are about. */
function isYearOfRows(column: ColumnSummary): boolean {
  const { values, missing, codes } = column;
  if (missing > 0 || !values.every(({ text }) => /^(1[5-9]|20)\d\d$/.test(text))) return false;
  const years = codes.map((code) => Number(column.textAt(code)));
  return years.every((year, i) => i === 0 || year >= years[i - 1]!);
}

/** A separator that parts many cells into values that come again and again. */
function separatorOf({ type, values, rows }: ColumnSummary): string | undefined {
  if (type !== 'text') return undefined;
  return SEPARATORS.find((separator) => {
    const parted = values.filter(({ text }) => text.includes(separator));
    const share = parted.reduce((sum, { count }) => sum + count, 0) / rows;
    if (share < 0.2) return false;
    const parts = values.flatMap(({ text }) => text.split(separator).filter((part) => part !== ''));
    return new Set(parts).size * 2 < parts.length && new Set(parts).size < values.length;
  });
}
