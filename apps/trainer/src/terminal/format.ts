import { printable } from '@ttrec/core';
export { formatBytes, formatCount, formatCounted, formatMetric } from '@ttrec/training/records';

/** A compression as the paper writes it: `4.06x`, `117.4x`. */
export function formatCompression(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

export function formatLoss(loss: number): string {
  return loss === 0 ? '0' : loss.toPrecision(3);
}

/** Seconds as `4s`, `3m 20s`, `2h 05m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
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
