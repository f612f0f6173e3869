import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';

/** Bytes of gzip, engine included. */
const MOST = 84_500;

interface Loaded {
  /** Of all scripts that a page loads with the entry. */
  readonly bytes: number;
  /** The modules in them. */
  readonly modules: readonly string[];
}

/** What a page loads with an entry: its script, and those that it imports at once. */
async function loadedWith(entry: string): Promise<Loaded> {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/web/${entry}`, import.meta.url))],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: '/out',
    absWorkingDir: fileURLToPath(new URL('../../..', import.meta.url)),
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['@ttrec/source'],
    logLevel: 'silent',
  });
  const texts = new Map(outputFiles.map(({ path, contents }) => [path.split('/').at(-1)!, contents]));
  const outputs = loadedOutputs(metafile);
  return {
    bytes: outputs.reduce((sum, path) => sum + gzipSync(texts.get(path.split('/').at(-1)!)!).length, 0),
    modules: outputs.flatMap((path) => Object.keys(metafile.outputs[path]!.inputs)),
  };
}

function loadedOutputs({ outputs }: Metafile): string[] {
  const entry = Object.keys(outputs).find((path) => outputs[path]!.entryPoint !== undefined)!;
  const loaded = new Set([entry]);
  for (const path of loaded) {
    for (const { path: imported, kind } of outputs[path]!.imports)
      if (kind === 'import-statement') loaded.add(imported);
  }
  return [...loaded];
}

test.each(['index.ts', 'worker.ts'])(
  '%s: small, without what only training and reading need',
  async (entry) => {
    const { bytes, modules } = await loadedWith(entry);
    expect(bytes).toBeLessThanOrEqual(MOST);
    const needless =
      /node_modules|packages\/(tensor-train\/src\/decompose|data\/src\/(config|csv|jsonl|parquet|inspect)|training\/src\/(config|fit|run))/;
    expect(modules.filter((path) => needless.test(path))).toEqual([]);
  },
);
