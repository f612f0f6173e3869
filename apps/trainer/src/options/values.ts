import { InvalidArgumentError } from '@commander-js/extra-typings';
import { isTtrecError } from '@ttrec/core';
import { JsonFault, parseJson } from '@ttrec/core/json';
import { parseBytes } from '@ttrec/planner';
import type { Threads } from '@ttrec/training/config';
import type { ShardedTables } from '@ttrec/training/workers';
import { engines } from '../engines.ts';
import type { RankerOptions } from '../open-ranker.ts';

export const natural = integerBetween(0);
export const positive = integerBetween(1);

export function integerBetween(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const upper = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be an integer from ${least}${upper}.`);
  };
}

export function rate(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A time such as `90s`, `10m` or `1.5h`, in seconds. */
export function seconds(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const value = Number(amount) * SECONDS[unit ?? 's']!;
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a time above 0, such as 90s, 10m or 1h.');
}

export function path(text: string): string {
  if (text !== '' && !text.includes('\0')) return text;
  throw new InvalidArgumentError('It must name a file or a folder.');
}

export function threads(text: string): Threads {
  return text === 'auto' ? text : positive(text);
}

/** The workers that train together: processes of a launcher, threads of this process, or this process alone. */
export type WorkersChoice = 'mpi' | 'none' | { readonly threads: number };

export function workersChoice(text: string): WorkersChoice {
  if (text === 'mpi' || text === 'none') return text;
  const [, count] = /^threads:(\d+)$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It must be threads:N, mpi or none.');
  return { threads: integerBetween(1, 256)(count) };
}

/** Which tables workers divide among them. */
export function shardedTables(text: string): ShardedTables {
  return text === 'auto' || text === 'none' ? text : list(text);
}

/** The name of an engine, or `auto`. Names are known before any engine is started. */
export function engineName(name: string): string {
  if (name !== 'auto') orInvalid(() => engines().get(name));
  return name;
}

/** Names, separated by commas. */
export function list(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('It must be names, separated by commas.');
}

/** The options of an engine, as `openRanker` takes them. */
export function engineFlags(flags: {
  readonly backend?: string | undefined;
  readonly threads?: Threads | undefined;
}): Pick<RankerOptions, 'backend' | 'threads'> {
  return { backend: flags.backend as RankerOptions['backend'], threads: flags.threads };
}

export function bytes(text: string): number {
  return orInvalid(() => parseBytes(text));
}

export function json(text: string): unknown {
  try {
    return parseJson(text);
  } catch (thrown) {
    if (thrown instanceof JsonFault) throw new InvalidArgumentError(`It ${thrown.message}.`);
    throw thrown;
  }
}

/** Turns an error about the value of an option into one about wrong usage. */
function orInvalid<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (thrown) {
    if (!isTtrecError(thrown)) throw thrown;
    const { rule, hint } = thrown.parts;
    throw new InvalidArgumentError(`It ${rule}.${hint === undefined ? '' : ` ${hint}`}`);
  }
}
