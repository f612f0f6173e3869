import { expect, test } from 'vitest';
import { runProgram } from '../src/run/run-program.ts';

const node = (code: string, seconds = 30) =>
  runProgram({ file: process.execPath, args: ['-e', code], env: process.env, seconds });

test('returns what a program prints', async () => {
  expect(await node('console.log("ready")')).toEqual({ stdout: 'ready\n' });
});

test.each([
  ['ends with a code', 'console.error("out of\\nmemory"); process.exit(3)', 30, 'got memory'],
  ['does not end', 'setTimeout(() => {}, 1e6)', 0.2, 'must end well within 0.2 s, got no end'],
])('a program that %s has failed, with its last words', async (_, code, seconds, words) => {
  const failed = { code: 'bench/peer-failed', message: expect.stringContaining(words) };
  await expect(node(code, seconds)).rejects.toMatchObject(failed);
});

test('a program that is not there has failed', async () => {
  const absent = runProgram({ file: 'no-such-program', args: [], env: process.env, seconds: 1 });
  await expect(absent).rejects.toMatchObject({ code: 'bench/peer-failed' });
});
