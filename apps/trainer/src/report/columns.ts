import type { FinalRecord } from '@ttrec/training/records';
import { formatBytes, formatCompression, formatCount, formatMetric } from '../terminal/format.ts';

/** A column of the headline table, on the page and in the terminal. */
export interface Column {
  readonly head: string;
  /** What the head means, in a sentence. */
  readonly meaning: string;
  readonly value: (final: FinalRecord) => number | null;
  readonly format: (value: number) => string;
  /** Which end wins, in a comparison. */
  readonly better?: 'lower' | 'higher';
}

/** What stands where a value is not known or not defined. */
export const UNKNOWN = '–';

const bytes: Column = {
  head: 'bytes',
  meaning: 'Of the embedding tables, at rest. 1 MB = 10⁶ bytes.',
  value: (final) => final.tables.bytes,
  format: formatBytes,
};

const compression: Column = {
  head: 'compression',
  meaning: 'Bytes of the same tables stored dense, over bytes.',
  value: (final) => final.tables.compression,
  format: formatCompression,
};

const logLoss: Column = {
  head: 'log-loss',
  meaning: 'Mean over the test rows, in nats. Lower is better.',
  value: (final) => final.test.logLoss,
  format: formatMetric,
  better: 'lower',
};

const auc: Column = {
  head: 'AUC',
  meaning: 'Area under the ROC curve on the test rows, ties counting one half. Higher is better.',
  value: (final) => final.test.auc,
  format: formatMetric,
  better: 'higher',
};

const logLossToBest: Column = {
  head: 'log-loss to best',
  meaning: 'Log-loss above that of the true probabilities on the same rows.',
  value: ({ test }) => difference(test.logLoss, test.bestPossible?.logLoss),
  format: formatDistance,
};

const aucToBest: Column = {
  head: 'AUC to best',
  meaning: 'AUC below that of the true probabilities on the same rows.',
  value: ({ test }) => difference(test.bestPossible?.auc, test.auc),
  format: formatDistance,
};

const samplesPerSecond: Column = {
  head: 'samples/s',
  meaning: 'Training rows over the seconds spent training.',
  value: (final) => final.samplesPerSecond,
  format: formatRate,
};

const normalizedEntropy: Column = {
  head: 'normalised entropy',
  meaning: 'Log-loss over that of always predicting the base rate. Below 1 beats the base rate.',
  value: (final) => final.test.normalizedEntropy,
  format: formatMetric,
};

/** The columns of the terminal's table. The distances only where some run knows its best possible. */
export function headlineColumns(finals: readonly FinalRecord[]): readonly Column[] {
  return [bytes, compression, logLoss, auc, ...distanceColumns(finals), samplesPerSecond];
}

/** The same and the normalised entropy, for a page, which has room. */
export function pageColumns(finals: readonly FinalRecord[]): readonly Column[] {
  return [bytes, compression, logLoss, auc, normalizedEntropy, ...distanceColumns(finals), samplesPerSecond];
}

/** The cell of `column`, also for a run that has not ended. */
export function cellText(column: Column, final: FinalRecord | undefined): string {
  const value = cellValue(column, final);
  return value === null ? UNKNOWN : column.format(value);
}

/** The value of `column`, or null when it is unknown, undefined or not finite. */
export function cellValue(column: Column, final: FinalRecord | undefined): number | null {
  const value = final === undefined ? null : column.value(final);
  return value !== null && Number.isFinite(value) ? value : null;
}

function distanceColumns(finals: readonly FinalRecord[]): readonly Column[] {
  return [logLossToBest, aucToBest].filter((column) =>
    finals.some((final) => cellValue(column, final) !== null),
  );
}

function difference(a: number | null | undefined, b: number | null | undefined): number | null {
  return typeof a === 'number' && typeof b === 'number' ? a - b : null;
}

/** Four places, and no minus sign before a zero. */
function formatDistance(distance: number): string {
  return formatMetric(distance).replace(/^-(0\.0+)$/, '$1');
}

function formatRate(rate: number): string {
  return rate < 10 ? rate.toPrecision(2) : formatCount(Math.round(rate));
}
