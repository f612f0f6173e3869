import type { Dataset } from '@ttrec/data';
import type { TrainConfig } from '@ttrec/training/config';

/** At most this share of the rows is held out in place of the validation rows of the config. */
const MOST = 0.3;
/** Validation rows that are at least this part of the test rows look far enough ahead. */
const ENOUGH = 0.5;

/**
 * The split to measure on. Where rows are split by time, a validation period that is much shorter than the test period says little about
 * ids that come and go until its end: then as many of the last training rows are held out as there are test rows. Test rows stay test
 * rows, and are never read. Undefined where the split of the config will do.
 */
export function measuredSplit(data: TrainConfig['data'], { rows, report }: Dataset): object | undefined {
  if (data.format === 'synthetic' || rows.validation >= ENOUGH * rows.test) return undefined;
  const all = rows.train + rows.validation + rows.test;
  const test = rows.test / all;
  const validation = Math.min(test, MOST, (rows.train + rows.validation) / all / 2);
  if (data.split.by === 'last') return { by: 'last', validation, test };
  if (data.split.by !== 'column' || report.boundary === undefined) return undefined;
  return { by: 'column', column: report.boundary.column, validation, test };
}
