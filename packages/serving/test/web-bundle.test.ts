import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** Bytes of gzip, engine included. */
const MOST = 70_000;

/** The script that a page loads with an entry, and the modules in it. */
async function bundled(entry: string): Promise<{ readonly bytes: number; readonly modules: string[] }> {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/web/${entry}`, import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    absWorkingDir: fileURLToPath(new URL('../../..', import.meta.url)),
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['@ttrec/source'],
    logLevel: 'silent',
  });
  const [{ imports, inputs }] = Object.values(metafile.outputs) as [(typeof metafile.outputs)[string]];
  expect(imports, 'loads nothing else').toEqual([]);
  return {
    bytes: gzipSync(outputFiles[0]!.contents).length,
    modules: Object.keys(inputs).filter((path) => inputs[path]!.bytesInOutput > 0),
  };
}

test.each(['index.ts', 'worker.ts'])(
  '%s: one small script, without what only training and reading need',
  async (entry) => {
    const { bytes, modules } = await bundled(entry);
    expect(bytes).toBeLessThanOrEqual(MOST);
    const needless = [
      'node_modules',
      'tensor-train/src/(decompose|initialise|linear-algebra|matrices|algebra)',
      'data/src/(config|csv|jsonl|parquet|inspect)',
      'training/src/(config|fit|run)',
      'dlrm/src/(dlrm.ts|training/)',
      'embeddings/src/(embedding-bag|training-parts|rows/)(?!.*finite)',
      'embeddings/src/kinds/cached/(cache-refresh|frequent-ids|row-cache|write-back)',
    ].join('|');
    expect(modules.filter((path) => new RegExp(needless).test(path))).toEqual([]);
  },
);
