import { loadCheckpoint } from '@ttrec/training/checkpoints';
import { RandomStream } from '@ttrec/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '@ttrec/test-support';

/** Saves step after step and tells each one that is saved. Every number of a checkpoint is its step. */
const SAVER = `
  import { saveCheckpoint } from '@ttrec/training/checkpoints';
  const [run, first] = process.argv.slice(2);
  for (let step = Number(first); ; step++) {
    const data = new Float32Array(20_000).fill(step);
    await saveCheckpoint(run, {
      name: 'step-' + String(step).padStart(6, '0'),
      tensors: { 'model.safetensors': [{ name: 'w', dtype: 'F32', shape: [data.length], data }] },
      json: { 'state.json': { step } },
      keep: 2,
    });
    process.stdout.write(step + '\\n');
  }
`;

/** Starts the saver at `first`, kills it `milliseconds` after its first save, and returns the last step that it told. */
async function killedAfter(run: string, first: number, milliseconds: number): Promise<number> {
  const args = ['--conditions=@ttrec/source', '--input-type=module', '-', run, String(first)];
  const saver = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let told = '';
  saver.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  const closed = once(saver, 'close');
  saver.stdin.end(SAVER);
  await Promise.race([once(saver.stdout, 'data'), closed]);
  await sleep(milliseconds);
  saver.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
  return Number(told.trimEnd().split('\n').at(-1));
}

test('a process killed at any moment leaves the last checkpoint it told of, or the one after, whole', async () => {
  const run = await temporaryFolder();
  const stream = new RandomStream(1, 'test/killed-save');
  let step = 0;
  for (let kill = 0; kill < 6; kill++) {
    const told = await killedAfter(run, step + 1, stream.nextInteger(60));
    const checkpoint = await loadCheckpoint(run);
    ({ step } = (await checkpoint.json('state.json')) as { step: number });
    expect([told, told + 1]).toContain(step);
    const model = await checkpoint.tensors('model.safetensors');
    expect(new Set(await model.read('w', { dtype: 'F32', shape: [20_000] }))).toEqual(new Set([step]));
    await checkpoint.close();
  }
});
