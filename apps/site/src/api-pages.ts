import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, ReflectionKind, type DeclarationReflection, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Entries with documentation, by the file of their source: `@ttrec/dlrm`, `@ttrec/data/encoding`. */
function documentedEntries(root: string): Map<string, string> {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  const entries = [...folders, join(root, 'apps', 'trainer')].flatMap((folder) => {
    const { name, exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    return Object.entries(exports).flatMap(([path, target]) => {
      if (typeof target === 'string' || path === './worker') return [];
      return [[join(folder, target['@ttrec/source']!), name + path.slice(1)] as const];
    });
  });
  return new Map(entries);
}

/** Writes a page of Markdown for every entry of every published package, from its types and docstrings. */
export async function writeApiPages(root: string, to: string): Promise<void> {
  const entries = documentedEntries(root);
  const options: TypeDocOptions & Partial<PluginOptions> = {
    entryPoints: [...entries.keys()],
    tsconfig: join(root, 'apps', 'site', 'tsconfig.api.json'),
    plugin: ['typedoc-plugin-markdown'],
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    readme: 'none',
    name: 'API',
    out: to,
    logLevel: 'Error',
    gitRevision: 'main',
    sourceLinkTemplate: 'https://github.com/ttrec/ttrec/blob/main/{path}#L{line}',
    disableGit: true,
    basePath: root,
    router: 'module',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    useCodeBlocks: true,
    useHTMLAnchors: true,
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error('typedoc found no project');
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    if (module.isDeclaration()) module.name = nameOf(module, entries);
  }
  await app.generateOutputs(project);
}

/** The entry that a module of typedoc is. */
function nameOf({ name, sources }: DeclarationReflection, entries: ReadonlyMap<string, string>): string {
  const entry = entries.get(sources?.[0]?.fullFileName ?? '');
  if (entry === undefined) throw new Error(`typedoc: the module ${name} is no entry of a package`);
  return entry;
}
