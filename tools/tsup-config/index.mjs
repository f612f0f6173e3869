import { defineConfig } from 'tsup';

/**
 * The tsup configuration of a ttrec package: ESM, declarations, source maps.
 * @param {Record<string, string>} [entry] output name to source file; `src/index.ts` by default
 * @param {import('tsup').Options} [overrides] options that this package alone needs
 */
export function packageConfig(entry = { index: 'src/index.ts' }, overrides = {}) {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    ...overrides,
  });
}
