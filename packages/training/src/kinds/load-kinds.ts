import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { within } from '@ttrec/core';
import type { TableKind } from '@ttrec/embeddings/kind';
import { kindsWith } from '@ttrec/embeddings/configs';
import { z } from 'zod';
import { parseConfig } from '../config/parse-config.ts';
import { error } from '../error.ts';
import { KindModules, type KindModule } from './kind-modules.ts';

/** A path, as users write it, or what a run folder keeps of a module. */
const listed = z.strictObject({
  kinds: z
    .array(z.union([z.string().min(1), z.strictObject({ path: z.string(), sha256: z.string() })]))
    .min(1),
});

/**
 * Loads the kinds of tables in some modules. The modules run in this process, with its rights.
 *
 * @param names the `kinds` of a config
 * @param from `source` names the config in errors; `baseDirectory` is where relative paths start
 * @throws `training/missing-kinds` if a module does not exist, `training/kinds-changed` if it is not the one that a run recorded,
 *   `training/bad-kinds` if it cannot be loaded or exports no kind; `embeddings/duplicate-kind` for a name that is taken
 */
export async function loadKinds(
  names: unknown,
  from: { readonly source: string; readonly baseDirectory: string },
): Promise<KindModules> {
  const { kinds } = parseConfig(listed, { kinds: names }, from.source);
  const modules: KindModule[] = [];
  for (const [k, named] of kinds.entries()) {
    const { path, sha256 } = typeof named === 'string' ? { path: named, sha256: undefined } : named;
    const file = resolve(from.baseDirectory, path);
    const subject = `${from.source}, kinds.${k}`;
    const found = await digestOf(file, subject);
    if (sha256 !== undefined && sha256 !== found) throw changed(subject, file);
    const exports = Object.values(await exportsOf(file, subject));
    modules.push({ path, sha256: found, exports, kinds: kindsIn(exports, file, subject) });
  }
  const loaded = new KindModules(modules);
  try {
    kindsWith(loaded.kinds);
  } catch (thrown) {
    throw within(`${from.source}, kinds`, thrown);
  }
  return loaded;
}

async function digestOf(file: string, subject: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch (cause) {
    const hint = 'If the module has moved, name it with --kinds-from.';
    const got = `${file} (${(cause as Error).message})`;
    throw error('missing-kinds', { subject, rule: 'must be a file that can be read', got, hint, cause });
  }
}

async function exportsOf(file: string, subject: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (cause) {
    const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause;
    const isMissing = /Cannot find (module|package)/.test(String(got));
    throw error('bad-kinds', {
      subject,
      rule: `must be a JavaScript module that loads: ${file}`,
      got,
      hint: isMissing ? 'Install what it imports in a node_modules folder beside or above it.' : undefined,
      cause,
    });
  }
}

function kindsIn(exports: readonly unknown[], file: string, subject: string): TableKind[] {
  const kinds = exports.filter(isKind);
  if (kinds.length > 0) return kinds;
  throw error('bad-kinds', {
    subject,
    rule: `must export a kind of table: ${file}`,
    got: exports.length === 0 ? 'no exports' : `${exports.length} other exports`,
    hint: 'Write `export const myKind = defineKind({ name, schema, cost, create })`.',
  });
}

function isKind(value: unknown): value is TableKind {
  const { name, schema, cost, create } = (value ?? {}) as Partial<TableKind>;
  const methods = [cost, create] as unknown[];
  return typeof name === 'string' && typeof schema === 'object' && methods.every(isFunction);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function changed(subject: string, file: string): Error {
  return error('kinds-changed', {
    subject,
    rule: 'must be the module that the run was trained with, byte for byte',
    got: `another content of ${file}`,
    hint: 'If its tables are still the same, name it with --kinds-from.',
  });
}
