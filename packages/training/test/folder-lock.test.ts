import { claimNewRun, claimRun } from '@ttrec/training/checkpoints';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { identityText, ownIdentity, type ProcessIdentity } from '@ttrec/tensor-files/files';
import { lockFolder, refuseLocked } from '../src/run-folder/folder-lock.ts';
import { refusal } from '@ttrec/test-support';
import { temporaryFolder } from '@ttrec/test-support';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

test('a folder has one owner at a time, and the refusal names its process, its host and its start', async () => {
  const lock = await lockFolder(folder);
  const day = new Date().toISOString().slice(0, 10);
  const refused = refusal(
    'training/folder-in-use',
    folder,
    `process ${process.pid} on ${hostname()}, since ${day}`,
  );
  await expect(lockFolder(folder)).rejects.toEqual(refused);
  await expect(refuseLocked(folder)).rejects.toEqual(refused);
  await lock.requireHeld();
  await lock.release();
  await refuseLocked(folder);
  const next = await lockFolder(folder);
  // A late release of the former owner is not one of the present owner.
  await lock.release();
  await next.requireHeld();
  await expect(lock.requireHeld()).rejects.toEqual(
    refusal('training/lock-lost', folder, `process ${process.pid}`),
  );
  await next.release();
  expect(await readdir(folder)).toEqual([]);
});

test('of many claims at once in one process one succeeds', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => lockFolder(folder)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const failed of tries.filter((each) => each.status === 'rejected')) {
    expect(failed.reason).toEqual(refusal('training/folder-in-use', folder));
  }
  expect(await readdir(folder)).toEqual(['lock']);
});

/** Puts a lock into the folder as another process would have left it. */
async function lockedBy(changes: Partial<ProcessIdentity>, touched = new Date()): Promise<void> {
  const identity = identityText({ ...ownIdentity(), ...changes });
  await mkdir(join(folder, 'lock'), { recursive: true });
  const file = join(folder, 'lock', `${identity},20260102T030405Z,0123456789abcdef,elsewhere`);
  await writeFile(file, '');
  await utimes(file, touched, touched);
}

describe('a lock', () => {
  test.each<[string, Partial<ProcessIdentity>]>([
    ['of a process that has ended', { pid: 2 ** 22 + 1 }],
    ['of a process whose id another one has now', { started: 'zzz' }],
    ['from before a reboot', { boot: '000000', pid: 1 }],
  ])('%s is taken over', async (_, changes) => {
    await lockedBy(changes);
    await refuseLocked(folder);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ['of another machine', { host: '000000', boot: '000000' }],
    ['of another container', { namespace: '000000' }],
  ])(
    '%s holds until it has been silent for ten minutes, and the refusal says how to remove it',
    async (_, changes) => {
      const now = Date.now();
      await lockedBy(changes, new Date(now - 500_000));
      await expect(lockFolder(folder)).rejects.toEqual(
        refusal(
          'training/folder-in-use',
          'elsewhere, since 2026-01-02 03:04:05 UTC',
          `remove ${join(folder, 'lock')}`,
        ),
      );
      await rm(join(folder, 'lock'), { recursive: true });
      await lockedBy(changes, new Date(now - 700_000));
      await (await lockFolder(folder)).release();
    },
  );

  test('without an owner, or with foreign files alone, is nobody’s', async () => {
    await mkdir(join(folder, 'lock', 'sub'), { recursive: true });
    await writeFile(join(folder, 'lock', '.DS_Store'), '');
    await (await lockFolder(folder)).release();
    await mkdir(join(folder, 'lock'));
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('whose folder was moved away is lost', async () => {
    const run = join(folder, 'run');
    const claimed = await claimNewRun(run);
    await rename(run, join(folder, 'moved'));
    await expect(claimed.requireHeld()).rejects.toEqual(refusal('training/lock-lost', run, 'got no lock'));
    await claimed.release();
  });
});

/**
 * Claims a folder at a given moment, and while it holds it, requires that nobody else does: a file that may not be there yet is
 * made and removed. Prints `owned`, `refused` or what went wrong; killed, it leaves its lock.
 */
const CONTENDER = `
  import { claimNewRun } from '@ttrec/training/checkpoints';
  import { rm, writeFile } from 'node:fs/promises';
  import { join } from 'node:path';
  import { setTimeout as sleep } from 'node:timers/promises';
  const [folder, end] = process.argv.slice(1);
  process.stdout.write('ready\\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  try {
    const claimed = await claimNewRun(folder);
    await writeFile(join(folder, 'alone'), '', { flag: 'wx' });
    await sleep(30);
    await claimed.requireHeld();
    await rm(join(folder, 'alone'));
    process.stdout.write('owned');
    if (end === 'die') process.kill(process.pid, 'SIGKILL');
    await claimed.release();
  } catch (thrown) {
    process.stdout.write(thrown.code === 'training/folder-in-use' ? 'refused' : String(thrown.stack));
  }
  process.exit();
`;

async function contender(run: string, end: 'release' | 'die') {
  const args = ['--conditions=@ttrec/source', '--input-type=module', '--eval', CONTENDER, '--', run, end];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  return {
    go: () => child.stdin.write('go\n'),
    ended: closed.then(() => said.replace('ready\n', '')),
  };
}

test('processes that start at once on a free lock, and on one of a dead process, are never owners together', async () => {
  const run = join(folder, 'run');
  await mkdir(run);
  for (let round = 0; round < 8; round++) {
    const contenders = await Promise.all(
      Array.from({ length: 3 }, (_, i) => contender(run, (round + i) % 2 === 0 ? 'die' : 'release')),
    );
    for (const { go } of contenders) go();
    const said = await Promise.all(contenders.map(({ ended }) => ended));
    expect(said.filter((word) => word !== 'owned' && word !== 'refused')).toEqual([]);
    expect(said).toContain('owned');
  }
  await (await claimNewRun(run)).release();
  expect(await readdir(run)).toEqual([]);
  await expect(claimRun(run)).rejects.toEqual(refusal('training/no-run', run));
}, 120_000);
