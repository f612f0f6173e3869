import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fencedBlocks } from '@ttrec/readme-examples';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../src/program.ts';

/** What holds for every block of every page, also for those that no test runs, because they need a cluster, a registry or your data. */
const root = join(import.meta.dirname, '..', '..', '..');
const inRoot = (folder: string) => readdirSync(join(root, folder)).sort();
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...inRoot('docs').map((name) => `docs/${name}`),
  ...['packages', 'apps'].flatMap((group) => inRoot(group).map((name) => `${group}/${name}/README.md`)),
].filter((page) => page.endsWith('.md') && existsSync(join(root, page)));

/** The blocks of some languages, with their pages. */
function blocks(...languages: readonly string[]): [title: string, content: string][] {
  return pages.flatMap((page) => {
    const own = fencedBlocks(readFileSync(join(root, page), 'utf8'));
    return own
      .filter(({ language }) => languages.includes(language))
      .map(({ content }, i): [string, string] => [`${page}, ${languages[0]!} ${i + 1}`, content]);
  });
}

const commands = new Map((await createProgram()).commands.map((command) => [command.name(), command]));
const scripts = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;

/** The words of each `ttrec …` in shell, as far as the next operator. */
function calls(shell: string): string[][] {
  return shell
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => !/^\s*(#|docker|npm install)/.test(line))
    .flatMap((line) => [...line.matchAll(/(?:^|[\s;&|(])(?:npm run (?:-s )?)?ttrec (?:-- )?([^;&|>#]+)/g)])
    .map(([, rest]) => [...rest!.matchAll(/"[^"]*"|'[^']*'|\S+/g)].map(([word]) => word));
}

function problemsOf([name = '', ...words]: readonly string[]): string[] {
  const command = commands.get(name);
  if (command === undefined) return name.startsWith('-') ? [] : [`ttrec has no command ${name}`];
  const known = new Set([...command.options.map(({ long }) => long), '--help']);
  return words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.replace(/=.*/, ''))
    .filter((word) => !known.has(word))
    .map((word) => `ttrec ${name} has no option ${word}`);
}

describe('shell', () => {
  test.each(blocks('sh'))('%s is shell, and its commands have what it asks of them', (_, content) => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: content, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(calls(content).flatMap(problemsOf)).toEqual([]);
    const named = [...content.matchAll(/^npm (?:run (?:-s )?)([\w:-]+)/gm)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test('a command and an option that there are not are found', () => {
    const found = (shell: string) => calls(shell).flatMap(problemsOf);
    expect(found('npx ttrec tran config.json')).toEqual(['ttrec has no command tran']);
    expect(
      found('mpirun -np 2 ttrec train x.json \\\n  --epoch 3 --out y && ttrec plan --buget 1MB'),
    ).toEqual(['ttrec train has no option --epoch', 'ttrec plan has no option --buget']);
    const all = blocks('sh').flatMap(([, content]) => calls(content));
    expect(all.length).toBeGreaterThan(20);
  });
});

/** The module of an entry such as `@ttrec/data/encoding`, from its source. */
async function exportsOf(specifier: string): Promise<ReadonlySet<string> | undefined> {
  const [, name, path] = /^(@ttrec\/[^/]+|ttrec)(.*)$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const folders = ['packages', 'tools'].map((group) => name.replace('@ttrec', group));
  const folder = name === 'ttrec' ? 'apps/trainer' : folders.find((each) => existsSync(join(root, each)))!;
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    exports?: Record<string, string | Record<string, string>>;
  };
  const target = exports[`.${path!}`];
  const source = typeof target === 'object' ? target['@ttrec/source'] : target;
  if (source === undefined) throw new Error(`${specifier} is no entry of a package`);
  return new Set(Object.keys((await import(pathToFileURL(join(root, folder, source)).href)) as object));
}

describe('code', () => {
  test.each(blocks('ts', 'js'))('%s is well formed, and what it imports is exported', async (_, content) => {
    const code = stripTypeScriptTypes(content);
    for (const [, names, specifier] of code.matchAll(/import \{([^}]*)\} from ['"]([^'"]+)['"]/g)) {
      const exported = await exportsOf(specifier!);
      const wanted = names!.split(',').flatMap((name) => /^\s*(\w+)/.exec(name)?.[1] ?? []);
      // Types are stripped where they say so; a name that is a type alone is none here.
      if (exported)
        expect([specifier, wanted.filter((name) => !exported.has(name))]).toEqual([specifier, []]);
    }
  });

  const isPython = spawnSync('python3', ['--version']).status === 0;
  test.skipIf(!isPython).each(blocks('py'))('%s is Python', (_, content) => {
    const args = ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'];
    const { status, stderr } = spawnSync('python3', args, { input: content, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('data', () => {
  test.each(blocks('json', 'jsonc'))('%s is JSON, or a part of an object', (_, content) => {
    const text = content
      .replaceAll(/(^|\s)\/\/.*$/gm, '')
      .replaceAll(/…/g, '0')
      .replaceAll(/,(\s*[}\]])/g, '$1');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const readings = [[text], [`{${text}}`], lines];
    const isRead = (parts: readonly string[]) => {
      try {
        for (const part of parts) JSON.parse(part);
        return true;
      } catch {
        return false;
      }
    };
    expect(readings.some(isRead)).toBe(true);
  });

  test.each(blocks('yaml'))('%s is YAML', (_, content) => {
    expect(parse(content)).toBeTypeOf('object');
  });
});
