import type { CompressedTable } from '@ttrec/embeddings/compress';
import { printable } from '@ttrec/core';
import {
  formatBytes,
  formatCompression,
  formatCount,
  formatTable,
  formatCounted,
} from '../terminal/format.ts';

/** What a table became, and how near its rows came. */
export function compressText(name: string, compressed: CompressedTable): string {
  const { config, bytes, denseBytes, report, fineTuned } = compressed;
  const weighted = report.weightedRelativeError;
  const tuning =
    fineTuned === undefined
      ? ''
      : `\nfine-tuning: ${formatCounted(fineTuned.steps, 'step')}, relative error ${formatError(fineTuned.before)} → ${formatError(fineTuned.after)} on rows drawn apart` +
        (fineTuned.kept ? '' : ': taken back');
  const deciles = formatTable(
    [
      'tenth of the rows',
      'rows',
      weighted === undefined ? 'share of rows' : 'share of reads',
      'relative error',
    ],
    report.deciles.map(({ rows, share, relativeError }, d) => [
      d === 0 ? (weighted === undefined ? '1, first ids' : '1, most read') : String(d + 1),
      formatCount(rows),
      `${(100 * share).toPrecision(3)} %`,
      formatError(relativeError),
    ]),
  );
  return (
    `${printable(name)}: ${JSON.stringify(config)}\n${formatCount(bytes)} bytes, ${formatCompression(denseBytes / bytes)} smaller than ${formatBytes(denseBytes)} dense${tuning}` +
    `\nrelative error ${formatError(report.relativeError)} over all rows` +
    (weighted === undefined ? '' : `, ${formatError(weighted)} as they are read`) +
    `\n\n${deciles}`
  );
}

function formatError(relative: number): string {
  return relative === 0 ? '0' : relative.toPrecision(3);
}
