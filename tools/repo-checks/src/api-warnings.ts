import { join } from 'node:path';
import { Application, Logger, LogLevel } from 'typedoc';
import { publishedPackages, root } from './workspace.ts';

class Warnings extends Logger {
  readonly texts: string[] = [];
  override log(text: string, level: LogLevel): void {
    // Shapes in docstrings, such as [B]: indices, look like links to files.
    if (level >= LogLevel.Warn && !text.startsWith('The relative path ')) this.texts.push(text);
  }
}

/**
 * What typedoc finds wrong with the exported declarations of the published packages: types that they name and no entry of
 * their package exports, so that users cannot name them, and parameters that are documented and not there.
 */
export async function apiWarnings(): Promise<string[]> {
  const packages = publishedPackages();
  const entryPoints = packages.flatMap(({ folder, manifest }) =>
    Object.values(manifest.exports ?? {}).flatMap((target) =>
      typeof target === 'string' ? [] : [join(root, folder, target['@ttrec/source'] ?? '')],
    ),
  );
  const app = await Application.bootstrap({
    entryPoints,
    alwaysCreateEntryPointModule: true,
    tsconfig: join(root, 'tsconfig.base.json'),
    compilerOptions: { types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
    skipErrorChecking: true,
    readme: 'none',
    excludeInternal: true,
    disableSources: true,
    validation: { notExported: true, invalidLink: false, invalidPath: false, rewrittenLink: false },
  });
  const warnings = new Warnings();
  app.logger = warnings;
  const project = await app.convert();
  if (project === undefined) throw new Error('typedoc read none of the entries');
  for (const { manifest } of packages) {
    // typedoc looks after the types of one package, the one that the project is named for.
    project.packageName = manifest.name;
    app.validate(project);
  }
  return warnings.texts;
}
