import type { Summary } from '../statistics.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits: `41.3`, `24,200`, `2.53 M`. */
export function formatRate(rate: number): string {
  if (rate >= 1e6) return `${digits(rate / 1e6)} M`;
  return digits(rate);
}

/** `10,131,227`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `5 pairs`, `1 pair`. */
export function formatPairs(pairs: number): string {
  return pairs === 1 ? '1 pair' : `${pairs} pairs`;
}

/** `2.31×`. */
export function formatRatio(ratio: number): string {
  return `${digits(ratio)}×`;
}

/** `(2.1 to 2.5)`: from 10 % to 90 % of the pairs. */
export function formatSpread({ low, high }: Summary): string {
  return `(${digits(low)} to ${digits(high)})`;
}

function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 100) return whole.format(rounded);
  return rounded >= 10 ? rounded.toFixed(1) : rounded.toFixed(2);
}
