import { parseDecimal } from './number.ts';

const iso =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const compact = /^(19|20|21)(\d{2})(\d{2})(\d{2})$/;

/** Numbers below these are seconds, milliseconds and microseconds since 1970; beyond are nanoseconds. */
const [SECONDS, MILLISECONDS, MICROSECONDS] = [1e11, 1e14, 1e17];

/**
 * The milliseconds since 1970 of a time: `2024-05-06`, `2024/5/6`, `20240506`, `2024-05-06 07:08`, `2024-05-06T07:08:09.5+02:00`, or a number since 1970 in the
 * unit that its size tells. Without a zone it is UTC. Undefined for other text.
 */
export function timeIn(text: string): number | undefined {
  const trimmed = text.trim();
  const whole = iso.exec(trimmed);
  if (whole) {
    const [, year, , month, day, hour = 0, minute = 0, second = 0, fraction = '', zone] = whole;
    const start = dayOf(Number(year), Number(month), Number(day));
    if (start === undefined || Number(hour) > 24 || Number(minute) > 59 || Number(second) > 60)
      return undefined;
    const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offsetOf(zone);
    return start + seconds * 1000 + Number(`0.${fraction}0`) * 1000;
  }
  const short = compact.exec(trimmed);
  if (short) return dayOf(Number(short[1]! + short[2]!), Number(short[3]), Number(short[4]));
  const number = parseDecimal(trimmed);
  if (number === undefined) return undefined;
  const size = Math.abs(number);
  if (size < SECONDS) return number * 1000;
  return size < MILLISECONDS ? number : number / (size < MICROSECONDS ? 1e3 : 1e6);
}

/** The start of a day, if the calendar has it. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const start = Date.UTC(year, month - 1, day);
  const date = new Date(start);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? start : undefined;
}

/** Seconds. */
function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const [hours, minutes] = [zone.slice(1, 3), zone.slice(3).replace(':', '')];
  return (Number(hours) * 3600 + Number(minutes || 0) * 60) * (zone.startsWith('-') ? -1 : 1);
}

const DAY = 86_400_000;

/** What of a time a column takes. */
export type TimePart = 'days' | 'age' | 'hour' | 'weekday' | 'day' | 'month' | 'year';

/**
 * A part of a time, in UTC: `days` since 1970 with their fraction, the `hour` from 0, the `weekday` (0 is Sunday), the `day` of the month and the `month` from 1, the
 * `year`. `age` is `days`, until it is known up to when.
 */
export function partOfTime(time: number, part: TimePart): number {
  const date = new Date(time);
  switch (part) {
    case 'days':
    case 'age':
      return time / DAY;
    case 'hour':
      return date.getUTCHours();
    case 'weekday':
      return date.getUTCDay();
    case 'day':
      return date.getUTCDate();
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
  }
}

export const TIME_RULE = 'must be a time, such as 2024-05-06, 2024-05-06T07:08:09Z or seconds since 1970';
