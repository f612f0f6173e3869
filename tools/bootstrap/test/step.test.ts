import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const stepModule = new URL('../src/step.mjs', import.meta.url).href;

/** What a process that runs `program` as a step prints to stderr. */
function stderrOf(program: string, quietMs: number): string {
  const script = `
    import { step } from '${stepModule}';
    const args = ['-e', ${JSON.stringify(program)}];
    try {
      await step('tool', { file: process.execPath, args, cwd: process.cwd(), env: process.env, quietMs: ${quietMs} });
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
