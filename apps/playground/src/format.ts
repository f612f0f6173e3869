import { formatCount } from '@ttrec/training/records';

export { formatBytes, formatCount, formatCounted, formatMetric } from '@ttrec/training/records';

/** How many times smaller: `53×`, `4.1×`. */
export function formatRatio(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString('en-US')}×`;
}

/** A rate as it can be read while it changes: three digits, `412`, `98.5`, `15.3 k`. */
export function formatRate(rate: number): string {
  if (rate >= 999.5e3) return `${(rate / 1e6).toPrecision(3)} M`;
  if (rate >= 9995) return `${(rate / 1000).toPrecision(3)} k`;
  if (rate >= 999.5) return formatCount(Math.round(rate));
  return rate === 0 ? '0' : rate.toPrecision(3);
}

/** A probability as per cent: `23.4 %`. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;
}
