import { printable } from '@ttrec/core';

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

/** A compression as the paper writes it: `4.06x`, `117.4x`. */
export function formatCompression(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

/** 12345678 as `12,345,678`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** Seconds as `4s`, `3m 20s`, `2h 05m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}

/** A metric to four places; `–` where it is undefined. */
export function formatMetric(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(4);
}

/** Most characters of a cell. */
const CELL = 80;

/** A path in a result: whole, on one line. */
export function formatPath(path: string): string {
  return printable(path, Infinity);
}

/** Rows of cells as aligned text; columns of numbers to the right. A cell is one line, whatever it holds, and is cut. */
export function formatTable(header: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((cell) => printable(cell, CELL)));
  const widths = header.map((cell, c) => Math.max(cell.length, ...rows.map((row) => row[c]!.length)));
  const isNumeric = header.map((_, c) => rows.every((row) => /^[\d–+-]/.test(row[c]!)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (isNumeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
