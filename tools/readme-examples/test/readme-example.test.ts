import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readmeExample } from '../src/readme-example.ts';
import { runExample, runShellExample } from '../src/run-example.ts';

const fence = '```';

test('the example is the first ts block and the text block after it', () => {
  const markdown = `# Title\n\n${fence}sh\nnpm i x\n${fence}\n\n${fence}ts\nconsole.log(1);\n${fence}\n\nprints\n\n${fence}text\n1\n${fence}\n\n${fence}ts\nlater();\n${fence}\n`;
  expect(readmeExample(markdown)).toEqual({ code: 'console.log(1);\n', printed: '1\n' });
});

test('a README without an example, or with one that shows no output, is refused', () => {
  expect(() => readmeExample('# Title\n')).toThrow('the README has no ts block');
  expect(() => readmeExample(`${fence}ts\nf();\n${fence}\n`)).toThrow('must be text, got none');
  expect(() => readmeExample(`${fence}ts\nf();\n${fence}\n${fence}json\n1\n${fence}\n`)).toThrow(
    'must be text, got json',
  );
});

test('an example runs with its types, and one that throws fails with its error', () => {
  expect(runExample('const answer: number = 42;\nconsole.log(answer);', tmpdir())).toBe('42\n');
  expect(() => runExample(`throw new RangeError('too far');`, tmpdir())).toThrow('RangeError: too far');
});

test('an example of a command runs in a shell, and a failing one throws with its exit code', () => {
  const entry = join(mkdtempSync(join(tmpdir(), 'readme-')), 'hello.ts');
  writeFileSync(
    entry,
    'const [name]: string[] = process.argv.slice(2);\nif (!name) process.exit(3);\nconsole.log(`hello ${name}`);\n',
  );
  expect(runShellExample('hello you | tr a-z A-Z\n', 'hello', entry)).toBe('HELLO YOU\n');
  expect(() => runShellExample('hello\n', 'hello', entry)).toThrow('exit code 3');
  const markdown = `${fence}ts\nf();\n${fence}\n\n${fence}sh\nhello you\n${fence}\n\n${fence}text\nhello you\n${fence}\n`;
  expect(readmeExample(markdown, 'sh')).toEqual({ code: 'hello you\n', printed: 'hello you\n' });
});
