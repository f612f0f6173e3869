import { error } from '../error.ts';

/** @throws `planner/bad-option` */
export function requireCount(subject: string, got: unknown): void {
  if (Number.isSafeInteger(got) && (got as number) >= 1) return;
  throw error('bad-option', { subject, rule: 'must be an integer from 1', got });
}

/** @throws `planner/bad-option` */
export function requireAmount(subject: string, got: unknown): void {
  if (typeof got === 'number' && got >= 0 && got < Infinity) return;
  throw error('bad-option', { subject, rule: 'must be a finite number of at least 0', got });
}
