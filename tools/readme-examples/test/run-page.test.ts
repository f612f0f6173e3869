import { describe, expect, test } from 'vitest';
import { pageProgram } from '../src/pages/page-program.ts';
import { runPage } from '../src/pages/run-page.ts';

const block = (language: string, content: string) => `\`\`\`${language}\n${content}\n\`\`\`\n\n`;
const page = (...blocks: readonly string[]) => `# Title\n\n${blocks.join('')}`;

describe.skipIf(process.platform === 'win32')('a page', () => {
  test('whose blocks use what the ones before declared, imported or wrote passes', async () => {
    const markdown = page(
      block('sh', 'echo 20 > number.txt\ncat number.txt'),
      block('text', '20'),
      block(
        'ts',
        "import { readFileSync } from 'node:fs';\nconst found: number = Number(readFileSync('number.txt', 'utf8'));",
      ),
      block(
        'js',
        "import { existsSync, readFileSync } from 'node:fs';\nconst own = found + 1;\nconsole.log(own, existsSync('x'));",
      ),
      block('text', '21 false'),
      block('js', 'const found = 3;\nconsole.log(found, own);'),
      block('text', '3 21'),
    );
    expect(await runPage(markdown, {})).toEqual([]);
  });

  test.each([
    ['code that prints something else', page(block('ts', 'console.log(1);'), block('text', '2'))],
    ['shell that prints something else', page(block('sh', 'echo 1'), block('text', '2'))],
    ['code that throws', page(block('ts', "throw new Error('no');"))],
    ['a command that fails', page(block('sh', 'false'))],
    ['a package that it does not tell to install', page(block('ts', "import '@ttrec/core';"))],
    ['a package that there is not', page(block('sh', 'npm install @ttrec/cores'))],
    ['a version that there is not', page(block('sh', 'npm install koffi@0.0.1'))],
    [
      'a test that fails',
      page(block('ts', "import { test } from 'vitest';\ntest('x', () => { throw new Error('no'); });")),
    ],
    ['a name that no block declares', page(block('ts', 'console.log(dataset);'))],
  ])('with %s fails', async (_, markdown) => {
    await expect(runPage(markdown, {})).rejects.toThrow();
  });

  test('runs what its plan makes smaller or leaves out, and a plan of other text is refused', async () => {
    const markdown = page(
      block('sh', 'seq 1000000 | tail -n 1\nreboot'),
      block('text', '3'),
      block('sh', 'halt'),
    );
    const plan = {
      smaller: { 'seq 1000000': 'seq 3' },
      linesNotRun: { reboot: 'ends' },
      notRun: { halt: 'ends' },
    };
    expect(await runPage(markdown, plan)).toEqual([]);
    await expect(runPage(markdown, { notRun: { sudo: 'ends' } })).rejects.toThrow(
      '"sudo", which stands in 0 blocks',
    );
  });
});

test('imports of all blocks are merged, and exports are declarations', () => {
  const program = pageProgram([
    "import { a, type B } from 'x';\nimport y from 'y';\nexport const c = a;\n",
    "import { a, d } from 'x';\nexport default d;\n",
  ]);
  expect(program).toMatch(/^import \{ a, type B, d \} from 'x';\nimport y from 'y';\n\{\nconst c = a;\n/);
  expect(program).toContain('void d;\n');
});
