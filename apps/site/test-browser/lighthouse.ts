// Runs Lighthouse on the front page and on the playground of the built site, in the Chromium that the browser tests use, served as
// hosts do, with gzip. Prints the median of some runs; exits 1 if a category is below 95. Performance depends on how busy the machine
// is, so this is no part of CI.
//
//     node apps/site/test-browser/lighthouse.ts [--mobile] [--runs 3]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { filesUnder, findChromium, serve } from '@ttrec/browser-tests/browser';

const LEAST = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'] as const;
const PAGES = { 'front page': '/', playground: '/playground-app/index.html' };
/** Outside the workspace: it brings two hundred packages that nothing else needs. */
const LIGHTHOUSE = 'lighthouse@13.5.0';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, '.cache', 'lighthouse');
const { mobile, runs } = parseArgs({
  options: { mobile: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' } },
}).values;

const cli = join(folder, 'node_modules', 'lighthouse', 'cli', 'index.js');
if (!existsSync(cli)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', LIGHTHOUSE];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${String(status)}`);
}

/** Lighthouse runs in a process of its own: this one serves the pages meanwhile. */
async function audit(url: string, report: string): Promise<Record<string, number>> {
  const args = [
    cli,
    url,
    '--quiet',
    '--output=json',
    `--output-path=${report}`,
    `--only-categories=${CATEGORIES.join(',')}`,
    '--chrome-flags=--headless=new --no-sandbox',
    ...(mobile ? [] : ['--preset=desktop']),
  ];
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, CHROME_PATH: findChromium() },
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  if (code !== 0) throw new Error(`lighthouse ${url} ended with ${String(code)}`);
  const { categories } = JSON.parse(readFileSync(report, 'utf8')) as {
    categories: Record<string, { score: number }>;
  };
  return Object.fromEntries(
    Object.entries(categories).map(([name, { score }]) => [name, Math.round(100 * score)]),
  );
}

/** The median of each category. */
async function medians(name: string, url: string): Promise<Record<string, number>> {
  const all: Record<string, number>[] = [];
  for (let run = 1; run <= Number(runs); run++) {
    all.push(await audit(url, join(folder, `${name.replace(' ', '-')}-${run}.json`)));
  }
  return Object.fromEntries(
    Object.keys(all[0]!).map((category) => {
      const sorted = all.map((scores) => scores[category]!).sort((a, b) => a - b);
      return [category, sorted[Math.floor(sorted.length / 2)]!];
    }),
  );
}

const server = await serve(filesUnder(join(root, 'apps', 'site', 'dist', 'site')), {}, true);
for (const [name, path] of Object.entries(PAGES)) {
  const scores = await medians(name, server.origin + path);
  console.log(
    `${name}: ${Object.entries(scores)
      .map(([category, score]) => `${category} ${score}`)
      .join(', ')}`,
  );
  if (Object.values(scores).some((score) => score < LEAST)) process.exitCode = 1;
}
await server.close();
