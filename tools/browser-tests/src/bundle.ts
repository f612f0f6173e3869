import { dirname } from 'node:path';
import { build } from 'esbuild';

export interface BundleSetting {
  readonly minify: boolean;
  /** Keeps imports without names even if their package declares no side effects. */
  readonly effects?: boolean;
}

/**
 * The text of a module with everything that it imports, workspace packages from their sources.
 * @param code the module, which names others by absolute path
 * @param near a file: packages are looked up from where it stands
 */
export async function bundle(
  code: string,
  near: string,
  { minify, effects = false }: BundleSetting,
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: dirname(near), loader: 'ts', sourcefile: 'entry.ts' },
    bundle: true,
    write: false,
    minify,
    ignoreAnnotations: effects,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['@ttrec/source'],
    sourcemap: minify ? false : 'inline',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}
