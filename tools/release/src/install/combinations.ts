import { join } from 'node:path';
import { fetchedPackage } from '@ttrec/fetched-packages';
import type { PageExample } from '@ttrec/readme-examples';
import type { PackedPackage } from '../tarball/packed-package.ts';
import { checkTypes, exampleProblems, exportedNames, runPlainly, type RunModule } from './examples.ts';
import { bun, deno, nodes, npm, pnpm, yarn, type Install } from './managers.ts';
import type { Project } from './project.ts';
import { walk } from './walk.ts';

export interface Combination {
  readonly title: string;
  readonly runtime: string;
  /** Installs all packages, loads every entry and runs the examples. Returns a line about it, or throws. */
  readonly use: (
    project: Project,
    packages: readonly PackedPackage[],
    examples: readonly PageExample[],
  ) => Promise<string>;
}

/** Every package manager on every Node, and the runtimes that install packages themselves. */
export async function combinations(): Promise<Combination[]> {
  const found = await nodes();
  const onNode = found.flatMap(({ version, program }) =>
    Object.entries({ npm, pnpm, yarn }).map(([name, install]) =>
      combination(`${name} on Node ${version}`, program, install),
    ),
  );
  const newest = found.at(-1)!;
  return [
    ...onNode,
    combination('bun', join(await fetchedPackage('@oven/bun-linux-x64@1.4.5'), 'bin', 'bun'), bun),
    combination(
      'deno',
      join(await fetchedPackage('@deno/linux-x64-glibc@2.9.6'), 'deno'),
      deno,
      (project, file) =>
        project.run(project.runtime, ['run', '--allow-all', '--node-modules-dir=auto', file]),
    ),
    ...['docs/start-ranking.md', 'docs/start-comparing.md', 'docs/start-pytorch.md'].map((page) => ({
      title: `the walk of ${page}`,
      runtime: found[0]!.program,
      use: (project: Project) => walk(project, page),
    })),
    {
      title: 'types',
      runtime: newest.program,
      use: async (project, packages, examples) => {
        await npm(project, [...packages.map(({ name }) => name), '@types/node']);
        await checkTypes(project, packages, examples);
        return 'examples and entries compile against the published types';
      },
    },
  ];
}

function combination(
  title: string,
  runtime: string,
  install: Install,
  runModule: RunModule = runPlainly,
): Combination {
  return {
    title,
    runtime,
    use: async (project, packages, examples) => {
      const usable =
        runModule === runPlainly ? examples : examples.filter(({ language }) => language === 'ts');
      const wanted = [
        ...packages.map(({ name }) => name),
        ...usable.flatMap(({ installs = [] }) => installs),
      ];
      await install(project, [...new Set(wanted)]);
      const names = await exportedNames(project, packages, runModule);
      const problems = await exampleProblems(project, usable, runModule);
      if (problems.length > 0) throw new Error(problems.join('\n'));
      return `${packages.length} packages, ${names} names, ${usable.length} examples`;
    },
  };
}
