import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseOptions } from '../src/options.ts';
import { refusal } from './refusal.ts';

const place = { cwd: join('/', 'caller'), root: join('/', 'clone'), env: {} };

test('without arguments: every case, five pairs, the folder of peers beside the repository', () => {
  expect(parseOptions([], place)).toEqual({
    list: false,
    only: [],
    json: undefined,
    page: undefined,
    pairs: 5,
    seconds: 0.7,
    peers: join('/', 'shared', 'peers'),
  });
});

test('options are read, repeated ones collected, and paths start from the caller', () => {
  const argv = ['--only', 'matmul', '--only', 'tt', '--pairs', '3', '--seconds', '0.2', '--json', 'a.json'];
  expect(parseOptions([...argv, '--page=b.html', '--peers', 'p'], place)).toMatchObject({
    only: ['matmul', 'tt'],
    pairs: 3,
    seconds: 0.2,
    json: join('/', 'caller', 'a.json'),
    page: join('/', 'caller', 'b.html'),
    peers: join('/', 'caller', 'p'),
  });
});

test('PEERS_DIR names the folder of peers, and --peers comes before it', () => {
  const env = { PEERS_DIR: 'here' };
  expect(parseOptions([], { ...place, env }).peers).toBe(join('/', 'caller', 'here'));
  expect(parseOptions(['--peers', 'there'], { ...place, env }).peers).toBe(join('/', 'caller', 'there'));
});

test.each([
  [['--pair', '3'], 'bench/unknown-option', 'got --pair', 'Did you mean "--pairs"?'],
  [['--pairs', '0'], 'bench/bad-option', '--pairs: must be a positive integer, got "0"', ''],
  [['--pairs', '1.5'], 'bench/bad-option', '--pairs: must be a positive integer', ''],
  [['--seconds', 'long'], 'bench/bad-option', '--seconds: must be a positive number, got long', ''],
  [['matmul'], 'bench/bad-option', 'options: must have the form of --help, got matmul', ''],
])('%j is refused', (argv, code, words, hint) => {
  const { code: thrown, message } = refusal(() => parseOptions(argv, place));
  expect(thrown).toBe(code);
  expect(message).toContain(words);
  expect(message).toContain(hint);
});
