// Rehearses a release. Prints a line for each check; exits with 1 if any fails.

import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkAlone, GPU, readmeOf } from './install/alone.ts';
import { readmeExamples } from './install/examples.ts';
import { npmScript } from './install/managers.ts';
import { combinations } from './install/combinations.ts';
import { Project, strangersEnvironment } from './install/project.ts';
import { startRegistry, unpublish } from './registry.ts';
import { root } from './root.ts';
import { inParallel, run } from './run.ts';
import { tarballProblems } from './tarball/lint.ts';
import { readManifest } from './tarball/packed-package.ts';
import { plantFaults } from './tarball/planted-faults.ts';
import { copyWorkspace, publishedFolders, publishedTarballs, release } from './workspace-copy.ts';

interface Check {
  readonly title: string;
  /** Returns more to say about it, or throws. */
  readonly run: () => Promise<string>;
}

/** The package that is broken in several ways, to see that this is found. */
const PLANTED = '@ttrec/serving';

const usage = `npm run release:dry -- [options]

Rehearses a release in a copy of the working tree: versions, builds, publishes to a registry on loopback, installs and uses what it gets.

  --only <pattern>  only the checks whose title matches
  --again           check what the last rehearsal published
  --help            print this help`;

const { only, again, help } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    again: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
}).values;
if (help) {
  console.log(usage);
  process.exit();
}
const started = performance.now();
const seconds = () => ((performance.now() - started) / 1000).toFixed(0).padStart(4);
const log = (line: string) => console.log(`${seconds()} s  ${line}`);
const failed: string[] = [];

async function perform(checks: readonly Check[]): Promise<void> {
  const chosen = checks.filter(({ title }) => new RegExp(only).test(title));
  await inParallel(chosen, availableParallelism(), async ({ title, run }) => {
    try {
      log(`ok    ${title}: ${await run()}`);
    } catch (error) {
      failed.push(title);
      log(`FAIL  ${title}\n${shortened((error as Error).message)}`);
    }
  });
}

/** The output of programs can be long; what is wrong stands near its beginning. */
function shortened(message: string): string {
  const lines = message.trim().split('\n');
  const shown = lines.length > 40 ? [...lines.slice(0, 40), `… ${lines.length - 40} more lines`] : lines;
  return shown.map((line) => `      ${line}`).join('\n');
}

const cache = join(root, '.cache', 'release');
const workspace = join(cache, 'workspace');
const temporary = mkdtempSync(join(tmpdir(), 'ttrec-release-'));
mkdirSync(cache, { recursive: true });
if (!again) copyWorkspace(workspace);
const names = publishedFolders(workspace).map((folder) => readManifest(join(folder, 'package.json')).name);
if (!again) unpublish(join(cache, 'registry'), names);
const registry = await startRegistry(join(cache, 'registry'), names);
try {
  const env = strangersEnvironment(join(temporary, 'home'), registry.url);
  if (!again) await release(workspace, env, log);

  const npm = await npmScript();
  const packages = await publishedTarballs(workspace, join(temporary, 'tarballs'), async (spec, folder) => {
    const args = [npm, 'pack', spec, '--silent', '--pack-destination', folder];
    return join(folder, (await run(process.execPath, args, { cwd: folder, env })).trim());
  });
  await perform(
    packages.map((packed) => ({
      title: `tarball of ${packed.name}`,
      run: async () => {
        const problems = await tarballProblems(packed);
        if (problems.length > 0) throw new Error(problems.join('\n'));
        return `${(packed.bytes / 1000).toFixed(0)} kB, ${packed.files.length} files`;
      },
    })),
  );
  await perform([
    {
      title: `faults planted in ${PLANTED}`,
      run: async () => {
        const packed = packages.find(({ name }) => name === PLANTED)!;
        return `found: ${(await plantFaults(packed, join(temporary, 'planted'))).join(', ')}`;
      },
    },
  ]);

  const examples = readmeExamples();
  const own = process.env['npm_node_execpath'] ?? process.execPath;
  const project = (title: string, runtime: string) =>
    new Project(join(temporary, title.replaceAll(/\W+/g, '-')), runtime, env);
  await perform(
    packages.map((packed) => ({
      title: `${packed.name} alone`,
      run: () => checkAlone(project(`${packed.name} alone`, own), packed, examples),
    })),
  );
  const light = packages.filter(({ name }) => name !== GPU);
  const readmes = light.map(readmeOf);
  const lightExamples = examples.filter(({ page }) => readmes.includes(page));
  await perform(
    (await combinations()).map(({ title, runtime, use }) => ({
      title,
      run: () => use(project(title, runtime), light, lightExamples),
    })),
  );
} finally {
  await registry.stop();
  await rm(temporary, { recursive: true, force: true });
}
log(
  failed.length === 0 ? 'the release would go well' : `${failed.length} checks failed: ${failed.join(', ')}`,
);
process.exit(failed.length === 0 ? 0 : 1);
