/** Bytes in decimal units, as disks and downloads have them: `1.40 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? String(value) : value.toPrecision(3)} ${units[unit]!}`;
}

/** How many times smaller: `53×`, `4.1×`. */
export function formatRatio(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString('en-US')}×`;
}

/** 12345678 as `12,345,678`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A rate as it can be read while it changes: three digits, `412`, `98.5`, `15.3 k`. */
export function formatRate(rate: number): string {
  if (rate >= 999.5e3) return `${(rate / 1e6).toPrecision(3)} M`;
  if (rate >= 9995) return `${(rate / 1000).toPrecision(3)} k`;
  if (rate >= 999.5) return formatCount(Math.round(rate));
  return rate === 0 ? '0' : rate.toPrecision(3);
}

/** A loss or an AUC to four places; `–` where it is undefined. */
export function formatMetric(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(4);
}

/** A probability as per cent: `23.4 %`. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;
}
