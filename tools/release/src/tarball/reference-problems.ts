import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import ts from 'typescript';
import type { PackedPackage } from './packed-package.ts';

/**
 * References that lead out of a package or to nothing: imports of files that are not packed and of packages that are not declared,
 * in code and in declarations; files named with `new URL(…, import.meta.url)`; source maps and their sources; links of Markdown.
 */
export function referenceProblems(packed: PackedPackage): string[] {
  return packed.files.flatMap((file) => {
    const text = () => readFileSync(join(packed.folder, file), 'utf8');
    if (/\.d\.[cm]?ts$|\.[cm]?js$/.test(file)) return codeProblems(packed, file, text());
    if (file.endsWith('.map')) return mapProblems(packed, file, text());
    if (file.endsWith('.md')) return linkProblems(packed, file, text());
    return [];
  });
}

type Check = (packed: PackedPackage, file: string, text: string) => string[];

const codeProblems: Check = (packed, file, text) => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const directives = source.typeReferenceDirectives.map(({ fileName }) => fileName);
  const specifiers = [...importedBy(source), ...directives];
  const urls = [...text.matchAll(/new URL\(\s*(['"`])(\.[^'"`$]*)\1,\s*import\.meta\.url/g)].map(
    ([, , path]) => path!,
  );
  const map = /^\/\/# sourceMappingURL=(?!data:)(\S+)\s*$/m.exec(text)?.[1];
  const paths = [
    ...specifiers.filter((specifier) => specifier.startsWith('.')),
    ...source.referencedFiles.map(({ fileName }) => fileName),
    ...urls,
    ...(map === undefined ? [] : [map]),
  ];
  const bare = specifiers.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier));
  return [
    ...paths
      .filter((path) => !isPacked(packed, file, path))
      .map((path) => `${file}: ${path} is not in the tarball`),
    ...bare.flatMap((specifier) => {
      const name = packageOf(specifier);
      return isDeclared(packed, name) ? [] : [`${file}: imports ${name}, which is not declared`];
    }),
  ];
};

/** What imports, exports, `import()` and types such as `import('x').Y` name. */
function importedBy(node: ts.Node): string[] {
  const found: string[] = [];
  const visit = (each: ts.Node): void => {
    const named =
      ts.isImportDeclaration(each) || ts.isExportDeclaration(each)
        ? each.moduleSpecifier
        : ts.isCallExpression(each) && each.expression.kind === ts.SyntaxKind.ImportKeyword
          ? each.arguments[0]
          : ts.isImportTypeNode(each) && ts.isLiteralTypeNode(each.argument)
            ? each.argument.literal
            : undefined;
    if (named !== undefined && ts.isStringLiteralLike(named)) found.push(named.text);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}

const mapProblems: Check = (packed, file, text) => {
  const { sources, sourcesContent = [] } = JSON.parse(text) as {
    sources: string[];
    sourcesContent?: unknown[];
  };
  return sources
    .filter((source, index) => typeof sourcesContent[index] !== 'string' && !isPacked(packed, file, source))
    .map((source) => `${file}: the source ${source} is neither in the map nor in the tarball`);
};

const linkProblems: Check = (packed, file, text) => {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '');
  const links = [...prose.matchAll(/\]\(([^()\s#]+)[^()\s]*\)|(?:src|href)="([^"#]+)/g)].map(
    ([, link, attribute]) => link ?? attribute!,
  );
  return links
    .filter((link) => !/^[a-z]+:/.test(link) && !isPacked(packed, file, link))
    .map((link) => `${file}: the link ${link} leads to no file of the tarball`);
};

/** A declaration may name the JavaScript beside it, or a module without its ending. */
function isPacked({ files }: PackedPackage, from: string, path: string): boolean {
  const target = posix.join(posix.dirname(from), path);
  const declaration = target.replace(/\.([cm]?)js$/, '.d.$1ts');
  return files.includes(target) || (/\.d\.[cm]?ts$/.test(from) && files.includes(declaration));
}

/** What an import names: a package declares it, is it, or has its types declared. */
function isDeclared({ name, manifest }: PackedPackage, wanted: string): boolean {
  const types = `@types/${wanted.replace(/^@(.*)\//, '$1__')}`;
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  };
  return wanted === name || Object.hasOwn(declared, wanted) || Object.hasOwn(declared, types);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
