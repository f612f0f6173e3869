import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { briefBuild, briefInstall } from '../src/brief.mjs';

const stepModule = new URL('../src/step.mjs', import.meta.url).href;

/** What a process that runs `program` as a step prints to stderr. */
function stderrOf(program: string, quietMs: number, brief = 'undefined'): string {
  const script = `
    import { step } from '${stepModule}';
    const args = ['-e', ${JSON.stringify(program)}];
    try {
      await step('tool', { file: process.execPath, args, cwd: process.cwd(), env: process.env, quietMs: ${quietMs}, brief: ${brief} });
    } catch (error) {
      process.stderr.write('refused: ' + error.message + '\\n');
    }`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stderr;
}

test('a step with nothing to do is silent', () => {
  expect(stderrOf(`console.log('up to date')`, 60_000)).toBe('');
});

test('a step that takes its time is announced, and its output passed on as it comes', () => {
  expect(stderrOf(`console.log('downloading'); setTimeout(() => console.log('linking'), 50)`, 0)).toMatch(
    /^\[setup\] tool …\ndownloading\nlinking\n\[setup\] tool: done in \d+\.\d s\n$/,
  );
});

test('a step that fails shows what it said, however short it was', () => {
  const stderr = stderrOf(`console.error('no space left'); process.exitCode = 3`, 60_000);
  expect(stderr).toMatch(
    /^\[setup\] tool …\nno space left\nrefused: tool failed: .* ended with exit code 3\n$/,
  );
});

test('of a step with a brief only that is shown, and everything if it fails', () => {
  const program = (code: number) =>
    `console.log('noise\\nstep 1\\nnoise\\nstep 2'); process.exitCode = ${code}`;
  const brief = `(line) => /step (.*)/.exec(line)?.[1]`;
  expect(stderrOf(program(0), 0, brief)).toMatch(
    /^\[setup\] tool …\n\[setup\] {3}1\n\[setup\] {3}2\n\[setup\] tool: done in \d+\.\d s\n$/,
  );
  expect(stderrOf(program(1), 60_000, brief)).toMatch(
    /^\[setup\] tool …\n\[setup\] {3}1\n\[setup\] {3}2\nnoise\nstep 1\nnoise\nstep 2\nrefused: tool failed/,
  );
});

test('an install is a line every other second, and a build one a package', () => {
  let time = 0;
  const brief = briefInstall(() => time);
  const progress = (added: number, end = '') =>
    brief(`Progress: resolved 9, reused 3, downloaded ${added}, added ${added}${end}`);
  expect(progress(1)).toBe('3 from the store of pnpm, 1 packages downloaded, 1 in place');
  time = 1000;
  expect(progress(2)).toBeUndefined();
  expect(progress(4, ', done')).toBe('3 from the store of pnpm, 4 packages downloaded, 4 in place');
  time = 4000;
  expect(progress(5)).toContain('5 in place');
  expect(brief('dependencies:')).toBeUndefined();
  expect(briefBuild('@ttrec/core:build: cache miss, executing 0f4a')).toBe('@ttrec/core');
  expect(briefBuild('@ttrec/core:build: cache hit, replaying logs 0f4a')).toBeUndefined();
  expect(briefBuild('@ttrec/core:build: ESM dist/index.js 4.01 KB')).toBeUndefined();
});
