import { defineConfig, type Options } from 'tsup';

/**
 * The tsup configuration of a ttrec package: ESM, declarations, source maps.
 * @param entry output name to source file
 * @param overrides options that this package alone needs
 */
export function packageConfig(
  entry: Record<string, string> = { index: 'src/index.ts' },
  overrides: Options = {},
): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    silent: true,
    ...overrides,
  });
}
