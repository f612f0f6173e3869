import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

const handOverModule = new URL('../src/hand-over.mjs', import.meta.url).href;

/** A parent that hands over to `program`, in a process group as a shell would start it. */
function parentOf(program: string): { parent: ChildProcess; output: () => string } {
  const script = `
    import { handOver } from '${handOverModule}';
    const args = ['--input-type=module', '-e', process.argv[1]];
    await handOver({ file: process.execPath, args, cwd: process.cwd(), env: process.env });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  parent.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return { parent, output: () => output };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(20);
}

// Counts interrupts, and ends a while after the first, as a trainer does that finishes its step and saves.
const patientProgram = `
  let count = 0;
  process.on('SIGINT', () => {
    count++;
    if (count === 1) setTimeout(() => { console.log('interrupts ' + count); process.exit(130); }, 600);
  });
  setInterval(() => {}, 1000);
  console.log('ready');`;

test('the exit code and the output of the program come back', async () => {
  const { parent, output } = parentOf(`console.log('last line'); process.exitCode = 7;`);
  expect(await once(parent, 'close')).toEqual([7, null]);
  expect(output()).toBe('last line\n');
});

test('a Ctrl-C reaches the program once, though the group and npm both pass it on', async () => {
  const { parent, output } = parentOf(patientProgram);
  await until(() => output().includes('ready'));
  process.kill(-parent.pid!, 'SIGINT');
  parent.kill('SIGINT');
  expect(await once(parent, 'close')).toEqual([130, null]);
  expect(output()).toBe('ready\ninterrupts 1\n');
});

test('an interrupt sent to the parent alone reaches the program', async () => {
  const { parent, output } = parentOf(patientProgram);
  await until(() => output().includes('ready'));
  parent.kill('SIGINT');
  expect(await once(parent, 'close')).toEqual([130, null]);
  expect(output()).toBe('ready\ninterrupts 1\n');
});

test('a program that a signal ended makes the parent end by the same signal', async () => {
  const { parent, output } = parentOf(`console.log('ready'); setInterval(() => {}, 1000);`);
  await until(() => output().includes('ready'));
  parent.kill('SIGTERM');
  expect(await once(parent, 'close')).toEqual([null, 'SIGTERM']);
});
