import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { didYouMean } from '@ttrec/core';
import { error } from './error.ts';

export interface Options {
  readonly list: boolean;
  /** Names or beginnings of names; all cases when empty. */
  readonly only: readonly string[];
  readonly json: string | undefined;
  readonly page: string | undefined;
  readonly pairs: number;
  /** The least a contender is timed for in one pair. */
  readonly seconds: number;
  /** The folder of the scripts that time other programs. */
  readonly peers: string;
}

const declared = {
  list: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'string' },
  page: { type: 'string' },
  pairs: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '0.7' },
  peers: { type: 'string' },
} as const;

export const USAGE = `npm run -s bench -- [options]
  --list          the cases, without running any
  --only NAME     cases whose name begins so; may be given again
  --pairs N       times around the contenders of a case (5)
  --seconds S     the least a contender is timed for in one pair (0.7)
  --json FILE     writes every sample, with the machine and the versions
  --page FILE     writes a page with a plot
  --peers DIR     folder of the scripts that time other programs (PEERS_DIR, else ../shared/peers beside the repository)
PEERS_MODULES names a folder whose node_modules hold the JavaScript peers, ONNX_DIR one with the models of make_onnx.py,
PYTHON the Python that has torch (/usr/bin/python3).`;

/**
 * Paths in arguments start from `cwd`; the default folder of peers lies beside the repository.
 *
 * @throws `bench/unknown-option`, `bench/bad-option`
 */
export function parseOptions(
  argv: readonly string[],
  { cwd, root, env }: { cwd: string; root: string; env: Readonly<Record<string, string | undefined>> },
): Options {
  const values = parsed(argv);
  const path = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file));
  return {
    list: values.list,
    only: values.only,
    json: path(values.json),
    page: path(values.page),
    pairs: positive('pairs', values.pairs, Number.isSafeInteger),
    seconds: positive('seconds', values.seconds, Number.isFinite),
    peers: resolve(cwd, values.peers ?? env['PEERS_DIR'] ?? join(root, '..', 'shared', 'peers')),
  };
}

function parsed(argv: readonly string[]) {
  const names = Object.keys(declared);
  const misspelt = argv.find((word) => word.startsWith('--') && !names.includes(nameIn(word)));
  if (misspelt !== undefined) {
    throw error('unknown-option', {
      subject: 'options',
      rule: `must be among ${names.map((name) => `--${name}`).join(', ')}`,
      got: misspelt,
      hint: didYouMean(
        misspelt,
        names.map((name) => `--${name}`),
      ),
    });
  }
  try {
    return parseArgs({ args: [...argv], options: declared, strict: true }).values;
  } catch (cause) {
    const got = argv.join(' ');
    throw error('bad-option', { subject: 'options', rule: 'must have the form of --help', got, cause });
  }
}

function nameIn(word: string): string {
  return word.slice(2).split('=')[0]!;
}

function positive(name: string, text: string, isKind: (value: number) => boolean): number {
  const value = Number(text);
  if (isKind(value) && value > 0) return value;
  const kind = isKind === Number.isSafeInteger ? 'a positive integer' : 'a positive number';
  throw error('bad-option', { subject: `--${name}`, rule: `must be ${kind}`, got: text });
}
