import { formatBytes } from '../../terminal/format.ts';

const compact = new Intl.NumberFormat('en-US', { notation: 'compact' });

const text = { color: 'var(--muted)', fontSize: 12 };
const rule = { show: true, lineStyle: { color: 'var(--rule)', width: 1 } };

/** Looks that every axis shares. */
const axis = {
  axisLabel: text,
  nameTextStyle: text,
  axisLine: { show: true, lineStyle: { color: 'var(--axis)' } },
  axisTick: { show: false },
  splitLine: rule,
};

/** Margins of a plot: room for the labels and names of its axes. */
export const METRIC_GRID = { left: 48, right: 20, top: 30, bottom: 44 };

/** Samples seen, from 0. */
export function samplesAxis(end: number, narrow: boolean) {
  return {
    ...axis,
    type: 'value',
    min: 0,
    max: end,
    name: 'samples',
    nameLocation: 'middle',
    nameGap: 28,
    splitNumber: narrow ? 3 : 5,
    splitLine: { show: false },
    axisLabel: { ...text, showMaxLabel: false, formatter: (samples: number) => compact.format(samples) },
  };
}

/** A metric; does not start at 0, since what matters are small differences. */
export function metricAxis(name: string, values: readonly number[]) {
  const { min, max, interval } = niceRange(Math.min(...values), Math.max(...values));
  const decimals = Math.max(2, Math.ceil(-Math.log10(interval)));
  return {
    ...axis,
    type: 'value',
    min,
    max,
    interval,
    name,
    nameTextStyle: { ...text, align: 'left', padding: [0, 0, 0, -44] },
    axisLine: { show: false },
    axisLabel: { ...text, formatter: (value: number) => value.toFixed(decimals) },
  };
}

/** Ticks at 1, 2 or 5 times a power of ten, some five of them, with room for a label beyond `low` and `high`. */
function niceRange(low: number, high: number): { min: number; max: number; interval: number } {
  const range = Math.max(high - low, 1e-3);
  const magnitude = 10 ** Math.floor(Math.log10(range / 6));
  const interval = magnitude * [1, 2, 5, 10].find((factor) => factor * magnitude >= range / 6)!;
  const min = Math.floor((low - 0.08 * range) / interval) * interval;
  const max = Math.ceil((high + 0.08 * range) / interval) * interval;
  return { min, max, interval };
}

/** Bytes on a logarithmic scale, whole decades around `values`, which are positive. */
export function bytesAxis(values: readonly number[], narrow: boolean) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const everyOther = narrow && high - low > 4;
  const isLabelled = (bytes: number) => !everyOther || Math.round(Math.log10(bytes) - low) % 2 === 0;
  return {
    ...axis,
    type: 'log',
    min: 10 ** low,
    max: 10 ** high,
    name: 'bytes of the embedding tables, log scale',
    nameLocation: 'middle',
    nameGap: 28,
    minorTick: { show: true, splitNumber: 9, lineStyle: { color: 'var(--axis)' } },
    axisLabel: {
      ...text,
      formatter: (bytes: number) => (isLabelled(bytes) ? formatBytes(bytes).replace(/\.0+ /, ' ') : ''),
    },
  };
}

/** Names, the first on top, each in a band of its own. */
export function namesAxis(names: readonly string[]) {
  return {
    ...axis,
    type: 'category',
    data: names,
    inverse: true,
    splitLine: { ...rule, interval: 0 },
    axisLabel: { ...text, interval: 0 },
  };
}

/** `name`, with its middle left out when it is longer than `longest`. */
export function shorten(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const head = Math.ceil((longest - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (longest - 1 - head))}`;
}
