import { build } from 'esbuild';

/** Bundles a module and its imports into one classic script in strict mode. Returns it as a string literal of TypeScript. */
export async function bundledScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2023',
    conditions: ['@ttrec/source'],
    charset: 'ascii',
    write: false,
  });
  const text = outputFiles[0]!.text.trim();
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
