import type { TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';

/**
 * What may differ between a run and its continuation: how long it trains, how often it speaks and saves, where and on how many
 * threads it runs, and names.
 */
const free: readonly string[] = [
  '$schema',
  'name',
  'backend',
  'threads',
  'training.steps',
  'training.epochs',
  'training.logEvery',
  'training.evaluateEvery',
  'training.checkpointEvery',
];

/**
 * A continued run must be the run that was begun.
 * @throws `trainer/config-differs`, naming the first key
 */
export function requireSameRun(asked: TrainConfig, saved: TrainConfig, savedPath: string): void {
  const key = firstDifference(asked, saved, '');
  if (key === undefined) return;
  throw error('config-differs', {
    subject: `--resume, ${key}`,
    rule: `must be as in ${savedPath}`,
    got: valueAt(asked, key),
    hint: 'Start a new run for another model or other data.',
  });
}

function firstDifference(a: unknown, b: unknown, path: string): string | undefined {
  if (free.includes(path)) return undefined;
  if (!isObject(a) || !isObject(b)) return JSON.stringify(a) === JSON.stringify(b) ? undefined : path;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce((at, key) => (isObject(at) ? at[key] : undefined), value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
