import type { TrainConfig } from '../config/train-config.ts';
import { error } from '../error.ts';

/**
 * What may differ between a run and its continuation: how long it trains, how often it logs and saves, where and on how many
 * threads it runs, what it is called, and where its data and its kinds of tables are, which have digests of their own.
 */
const FREE: readonly string[] = [
  '$schema',
  'kinds',
  'name',
  'backend',
  'threads',
  'data.path',
  'data.join[].path',
  'data.onBadLine',
  'training.shardedTables',
  'training.workerMemory',
  'training.steps',
  'training.epochs',
  'training.logEvery',
  'training.evaluateEvery',
  'training.checkpointEvery',
  'training.patience',
];

/** All of a config that results depend on. */
export function fixedPart(config: TrainConfig): unknown {
  return without(config, '');
}

function without(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((element) => without(element, `${path}[]`));
  if (!isObject(value)) return value;
  const kept = Object.keys(value).filter((key) => !FREE.includes(join(path, key)));
  return Object.fromEntries(kept.map((key) => [key, without(value[key], join(path, key))]));
}

/**
 * A continued run must be the run that was begun.
 * @throws `training/config-differs`, naming the first key
 */
export function requireSameRun(asked: TrainConfig, saved: TrainConfig, savedPath: string): void {
  const key = firstDifference(fixedPart(asked), fixedPart(saved));
  if (key === undefined) return;
  throw error('config-differs', {
    subject: `--resume, ${key}`,
    rule: `must be as in ${savedPath}`,
    got: valueAt(asked, key),
    hint: 'Start a new run for another model or other data.',
  });
}

/** The path of the first value that differs; absent and undefined are the same. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (!isObject(a) || !isObject(b)) return JSON.stringify(a) === JSON.stringify(b) ? undefined : path;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], join(path, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce((at, key) => (isObject(at) ? at[key] : undefined), value);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
