import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  let waits = 0;
  expect(await withLock(folder, { onWait: () => waits++ }, async () => 'mine')).toBe('mine');
  expect(waits).toBe(0);
});

test('a lock that is held is waited for, and the wait is announced once', async () => {
  let release: () => void = () => undefined;
  const held = withLock(folder, {}, () => new Promise<void>((resolve) => (release = resolve)));
  let waits = 0;
  const onWait = () => {
    waits++;
    setTimeout(release, 300);
  };
  expect(await withLock(folder, { onWait }, async () => 'mine')).toBe('mine');
  await held;
  expect(waits).toBe(1);
});

test('work that throws gives the lock back', async () => {
  const failing = withLock(folder, {}, async () => Promise.reject(new Error('disk full')));
  await expect(failing).rejects.toThrow('disk full');
  expect(await withLock(folder, {}, async () => 'mine')).toBe('mine');
});
