import { expect, test } from 'vitest';
import { run } from '../src/run.ts';

const options = { cwd: process.cwd(), env: process.env };

test('a program that ends without reading its input is judged by its exit code', async () => {
  const input = 'x'.repeat(1 << 20);
  const script = (code: number) => ['-e', `console.log('done'); process.exit(${code})`];
  expect(await run(process.execPath, script(0), { ...options, input })).toBe('done\n');
  await expect(run(process.execPath, script(3), { ...options, input })).rejects.toThrow(/ended with 3\ndone/);
});
