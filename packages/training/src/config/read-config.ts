import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { KindModules } from '../kinds/kind-modules.ts';
import { loadKinds } from '../kinds/load-kinds.ts';
import { parseConfig } from './parse-config.ts';
import { readJsonFile } from './read-json-file.ts';

/** What is loaded in the place of the kinds of tables that a config names. */
export interface KindsOptions {
  /** Modules, relative to the working directory. */
  readonly kindsFrom?: readonly string[] | undefined;
  /** Kinds that are loaded already. */
  readonly loadedKinds?: KindModules | undefined;
}

export interface ReadConfigOptions extends KindsOptions {
  /** Called with the JSON before it is checked, to reject what is another thing altogether. */
  readonly check?: ((written: unknown) => void) | undefined;
}

/**
 * Reads and checks a config file, and loads the kinds of tables that it names.
 *
 * @returns also the JSON as it was written, without the defaults
 * @throws what `readJsonFile`, `loadKinds` and `parseConfig` throw
 */
export async function readConfig<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  options: ReadConfigOptions = {},
): Promise<{ readonly config: z.output<Schema>; readonly written: unknown }> {
  const written = await readJsonFile(path);
  options.check?.(written);
  const value = await withKinds(written, { source: path, baseDirectory: dirname(path) }, options);
  return { config: parseConfig(schema, value, path), written };
}

/** The same config with its `kinds` loaded. Throws what `loadKinds` throws. */
export async function withKinds(
  config: unknown,
  from: { readonly source: string; readonly baseDirectory: string },
  { kindsFrom, loadedKinds }: KindsOptions,
): Promise<unknown> {
  if (typeof config !== 'object' || config === null) return config;
  if (loadedKinds !== undefined) return { ...config, kinds: loadedKinds };
  if (kindsFrom !== undefined) return { ...config, kinds: await kindsOf(kindsFrom) };
  return 'kinds' in config ? { ...config, kinds: await loadKinds(config.kinds, from) } : config;
}

/** The kinds in modules that the command names. Throws what `loadKinds` throws. */
export async function kindsOf(kindsFrom: readonly string[]): Promise<KindModules> {
  const paths = kindsFrom.map((path) => resolve(path));
  return loadKinds(paths, { source: '--kinds-from', baseDirectory: process.cwd() });
}
