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

/** A metric; does not start at 0, since what matters are small differences. It ends at `bounds`, if that is all it can be. */
export function metricAxis(
  name: string,
  values: readonly number[],
  bounds: readonly [number, number] = [-Infinity, Infinity],
) {
  const { interval, ...range } = niceRange(Math.min(...values), Math.max(...values));
  const [min, max] = [Math.max(range.min, bounds[0]), Math.min(range.max, bounds[1])];
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

/** A factor of bytes that is as wide as half a symbol, or more. */
const ROOM = 1.1;

/** Bytes on a logarithmic scale, from 1, 2 or 5 of a decade below `values`, which are positive, to one above, with room for a symbol. */
export function bytesAxis(values: readonly number[], narrow: boolean) {
  const ticks = ticksAround(Math.min(...values) / ROOM, Math.max(...values) * ROOM);
  const [min, max] = [ticks[0]!, ticks.at(-1)!];
  const labelled = everyNth(ticks, narrow ? 4 : 8);
  return {
    ...axis,
    type: 'log',
    min,
    max,
    name: 'bytes of the embedding tables, log scale',
    nameLocation: 'middle',
    nameGap: 28,
    axisTick: { show: true, customValues: ticks, lineStyle: { color: 'var(--axis)' } },
    axisLabel: {
      ...text,
      customValues: labelled,
      formatter: (bytes: number) => formatBytes(bytes).replace(/\.0+ /, ' '),
    },
  };
}

/** 1, 2 and 5 of each decade, from the last that is not above `low` to the first that is not below `high`, two at least. */
function ticksAround(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Math.ceil(Math.log10(high)) - first + 1;
  const all = Array.from({ length: decades }, (_, d) =>
    [1, 2, 5].map((factor) => factor * 10 ** (first + d)),
  ).flat();
  const from = all.findLastIndex((tick) => tick <= low);
  const to = all.findIndex((tick) => tick >= high && tick > all[from]!);
  return all.slice(from, to + 1);
}

/** All if there are at most `most` of them, else the decades, or every other one and so on. */
function everyNth(ticks: readonly number[], most: number): readonly number[] {
  if (ticks.length <= most) return ticks;
  const decades = ticks.filter((tick) => Number.isInteger(Math.round(1e9 * Math.log10(tick)) / 1e9));
  const step = Math.ceil(decades.length / most);
  return decades.filter((_, i) => i % step === 0);
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
