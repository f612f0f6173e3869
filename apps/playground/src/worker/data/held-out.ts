import type { Dataset } from '@ttrec/data';

/** Held-out rows scored at a time are at most these, so that a curve costs little beside training. */
export const EVALUATION_ROWS = 4096;

export function heldOutRows(dataset: Dataset): number {
  return Math.min(dataset.rows.validation, EVALUATION_ROWS);
}
