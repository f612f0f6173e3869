import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startServer } from '../src/server/start-server.ts';

const program = fileURLToPath(new URL('./one-server.ts', import.meta.url));

async function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

test.each([
  ['ends', 'stop', undefined, 0],
  ['fails', 'throw', undefined, 1],
  ['is interrupted', 'wait', 'SIGINT', 130],
  ['is terminated', 'wait', 'SIGTERM', 143],
  ['loses its terminal', 'wait', 'SIGHUP', 129],
] as const)('a server ends with a program that %s', async (_, way, signal, code) => {
  const child = spawn(process.execPath, ['--conditions=@ttrec/source', program, way], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = line.toString().trim();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  if (signal !== undefined) {
    expect(await isListening(url)).toBe(true);
    child.kill(signal);
  }
  expect(await ended).toEqual([code, null]);
  // The kernel ends a killed process when it comes to it.
  while (await isListening(url)) await pause(20);
});

test('a program that prints no address is refused', async () => {
  const failed = {
    code: 'bench/no-server',
    message: expect.stringContaining('must print its address, got no'),
  };
  await expect(startServer(['--eval', 'console.log("no"); setTimeout(() => {}, 1e6)'])).rejects.toMatchObject(
    failed,
  );
});
