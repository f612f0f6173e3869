import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './workspace.ts';

export interface Import {
  /** Relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly specifier: string;
}

/** Every module that a file names: in imports, re-exports, import() and types. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    file,
    line: source.getLineAndCharacterOfPosition(pos).line + 1,
    specifier: fileName,
  }));
}

/** The workspace package that a specifier names, without its scope. */
export function workspacePackageOf(specifier: string): string | undefined {
  return /^@ttrec\/([^/]+)/.exec(specifier)?.[1];
}
