// Builds the site into apps/site/dist/site: the pages of the repository, the API from its types, the playground. Ends with an error if a
// link of a page leads nowhere.
//
//     node apps/site/src/build.ts
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { writeApiPages } from './api-pages.ts';
import { assemble } from './assemble.ts';
import { deadLinks } from './dead-links.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
const site = join(root, 'apps', 'site');
const pages = join(site, 'dist', 'pages');
const built = join(site, 'dist', 'site');
const started = performance.now();

async function timed(title: string, work: () => void | Promise<void>): Promise<void> {
  const before = performance.now();
  await work();
  console.log(`${title}: ${((performance.now() - before) / 1000).toFixed(1)} s`);
}

/** Runs a script of a package that a folder has installed. */
async function command(folder: string, specifier: string, args: readonly string[]): Promise<void> {
  const script = join(folder, 'node_modules', specifier);
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const [code, stderr] = await Promise.all([ended, text(child.stderr)]);
  if (code !== 0) throw new Error(`${specifier} ${args.join(' ')} ended with ${String(code)}\n${stderr}`);
}

await timed('pages', () => assemble(root, pages));
const playground = timed('playground', () =>
  command(join(root, 'apps', 'playground'), 'vite/bin/vite.js', [
    'build',
    '--logLevel=error',
    '--outDir',
    join(pages, 'public', 'playground-app'),
  ]),
);
await timed('API', () => writeApiPages(root, join(pages, 'api')));
await playground;
await timed('site', () => command(site, 'vitepress/bin/vitepress.js', ['build']));
const dead = deadLinks(built);
for (const link of dead) console.error(`dead link: ${link}`);
writeFileSync(join(built, '.nojekyll'), '');
console.log(`all: ${((performance.now() - started) / 1000).toFixed(1)} s, ${dead.length} dead links`);
process.exitCode = dead.length === 0 ? 0 : 1;
