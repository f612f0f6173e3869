import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../src/lock.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ttrec-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const lockModule = new URL('../src/lock.mjs', import.meta.url).href;

/** A process that enters the lock `rounds` times, and each time notes that it came and that it went. */
function contender(rounds: number): string {
  return `
    import { appendFileSync } from 'node:fs';
    import { withLock } from '${lockModule}';
    for (let i = 0; i < ${rounds}; i++) {
      await withLock('${folder}', {}, async () => {
        appendFileSync('${folder}/log', process.pid + ' in\\n');
        await new Promise((resolve) => setTimeout(resolve, 5));
        appendFileSync('${folder}/log', process.pid + ' out\\n');
      });
    }`;
}

test('processes that contend are inside one at a time', async () => {
  const processes = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', contender(5)], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0, 0]);
  const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(4 * 5 * 2);
  for (let i = 0; i < lines.length; i += 2) {
    expect(lines[i]).toMatch(/ in$/);
    expect(lines[i + 1]).toBe(lines[i]?.replace(/in$/, 'out'));
  }
});

test('a lock whose process was killed is taken over at once', async () => {
  const script = `
    import { withLock } from '${lockModule}';
    await withLock('${folder}', {}, () => process.kill(process.pid, 'SIGKILL'));`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  expect(signal).toBe('SIGKILL');
  const waited: string[] = [];
  expect(await withLock(folder, { onWait: (owner) => waited.push(owner) }, async () => 'mine')).toBe('mine');
  expect(waited).toEqual([]);
});

test('a lock of another machine is waited for while it is touched, and taken over once it is silent', async () => {
  const ticket = join(folder, 'lock.7');
  writeFileSync(ticket, `not-${hostname()} 1`);
  const waited: string[] = [];
  const onWait = (owner: string) => {
    waited.push(owner);
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(ticket, longAgo, longAgo);
  };
  expect(await withLock(folder, { onWait }, async () => 'mine')).toBe('mine');
  expect(waited).toEqual(['another process']);
  expect(readdirSync(folder)).toEqual(['lock.8']);
});

test('work that throws gives the lock back', async () => {
  const failing = withLock(folder, {}, async () => Promise.reject(new Error('disk full')));
  await expect(failing).rejects.toThrow('disk full');
  expect(await withLock(folder, {}, async () => 'mine')).toBe('mine');
});
