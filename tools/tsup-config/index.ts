import { defineConfig, type Options } from 'tsup';

type DtsConfig = Exclude<Options['dts'], boolean | string | undefined>;

/**
 * The tsup configuration of a ttrec package: ESM, declarations, source maps.
 * @param entry output name to source file
 * @param overrides options that this package alone needs
 */
export function packageConfig(
  entry: Record<string, string> = { index: 'src/index.ts' },
  { dts, ...overrides }: Omit<Options, 'dts'> & { dts?: DtsConfig } = {},
): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    // Against the declarations of the packages below, which are built first: their sources take longer.
    dts: { compilerOptions: { customConditions: [] }, ...dts },
    sourcemap: true,
    clean: true,
    treeshake: true,
    silent: true,
    ...overrides,
  });
}
