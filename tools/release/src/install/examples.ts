import { pageExamples, type PageExample } from '@ttrec/readme-examples';
import ts from 'typescript';
import type { PackedPackage } from '../tarball/packed-package.ts';
import type { Project } from './project.ts';

/** How a project runs a module. */
export type RunModule = (project: Project, file: string) => Promise<string>;

export const runPlainly: RunModule = (project, file) => project.run(project.runtime, [file]);

/** The examples of the READMEs. Those of guides may read files of the repository. */
export function readmeExamples(): PageExample[] {
  return pageExamples().filter(({ page }) => page.endsWith('README.md'));
}

/** Runs examples as JavaScript and compares what they print. Returns what differs. */
export async function exampleProblems(
  project: Project,
  examples: readonly PageExample[],
  runModule: RunModule = runPlainly,
): Promise<string[]> {
  const problems: string[] = [];
  for (const example of examples) {
    try {
      const printed = await runExample(project, example, runModule);
      if (printed !== example.printed) problems.push(`${example.page} prints\n${printed}`);
    } catch (error) {
      problems.push(`${example.page}: ${(error as Error).message}`);
    }
  }
  return problems;
}

function runExample(
  project: Project,
  { page, language, code }: PageExample,
  runModule: RunModule,
): Promise<string> {
  if (language === 'sh') return project.run('sh', ['-e'], code);
  const file = `${nameOf(page)}.mjs`;
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  project.write(file, outputText);
  return runModule(project, file);
}

/** Imports every entry of the packages in one process. Returns the number of names they export. */
export async function exportedNames(
  project: Project,
  packages: readonly PackedPackage[],
  runModule: RunModule = runPlainly,
): Promise<number> {
  const entries = packages.flatMap(entriesOf);
  project.write(
    'entries.mjs',
    `let names = 0;
for (const entry of ${JSON.stringify(entries)}) {
  const exported = Object.keys(await import(entry)).length;
  if (exported === 0) throw new Error(entry + ' exports nothing');
  names += exported;
}
console.log(names);
process.exit(0);
`,
  );
  return Number(await runModule(project, 'entries.mjs'));
}

/** The modules of a package. A script, which its manifest lists as having side effects, exports nothing and needs its worker. */
export function entriesOf({ name, manifest }: Pick<PackedPackage, 'name' | 'manifest'>): string[] {
  const { exports = {}, sideEffects } = manifest;
  const scripts = new Set<unknown>(Array.isArray(sideEffects) ? sideEffects : []);
  return Object.entries(exports as Record<string, string | { readonly default: string }>)
    .filter(([, target]) => typeof target === 'object' && !scripts.has(target.default))
    .map(([path]) => name + path.slice(1));
}

/**
 * Checks the examples and the entries against the types that users get, those of the packages' dependencies included: with the
 * types of Node and no page, and what is for pages with those of a page.
 */
export async function checkTypes(
  project: Project,
  packages: readonly PackedPackage[],
  examples: readonly PageExample[],
): Promise<void> {
  const entries = packages.flatMap(entriesOf);
  const forPages = entries.filter((entry) => entry.endsWith('/web'));
  const imports = (names: readonly string[]) => names.map((name) => `import '${name}';\n`).join('');
  const typed = examples.filter(({ language }) => language === 'ts');
  for (const { page, code } of typed) project.write(`node/${nameOf(page)}.ts`, code);
  project.write('node/entries.ts', imports(entries.filter((entry) => !forPages.includes(entry))));
  project.write('page/entries.ts', imports(forPages));
  const settings = { strict: true, module: 'nodenext', target: 'es2022', types: ['node'], noEmit: true };
  const lib = ['es2023', 'esnext.disposable'];
  const tsc = new URL(import.meta.resolve('typescript/bin/tsc')).pathname;
  for (const [folder, libs] of Object.entries({ node: lib, page: [...lib, 'dom', 'dom.iterable'] })) {
    project.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: { ...settings, lib: libs } }));
    await project.run(process.execPath, [tsc, '-p', folder]);
  }
}

function nameOf(page: string): string {
  return page.replace(/\.md$/, '').replaceAll(/\W+/g, '-').toLowerCase();
}
