/** Bytes in the decimal units of disks and downloads: 1 MB = 10^6 bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** 12345678 as `12,345,678`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** A number and what is counted, whose plural ends with s: `1 row`, `2,000 rows`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A metric to four places; `–` where it is undefined. */
export function formatMetric(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(4);
}
