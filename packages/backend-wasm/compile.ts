/**
 * Compiles the kernels in assembly/ to src/generated, once with strict and once with relaxed SIMD. What it writes is
 * committed, so that sources run without a build; a test compiles anew and compares. `node compile.ts`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What is used of the compiler. Its own declarations change the global types of whoever imports them. */
interface Compiler {
  main(
    options: readonly string[],
    io: {
      readonly stderr: { write(text: string): void };
      writeFile(name: string, contents: Uint8Array | string): void;
    },
  ): Promise<{ readonly error: Error | null }>;
}

const compiler: string = 'assemblyscript/asc';
const { default: asc } = (await import(compiler)) as { readonly default: Compiler };
const folder = import.meta.dirname;
const builds = { strict: 'simd', relaxed: 'simd,relaxed-simd' };

/** The source texts of the generated modules, by their path in the package. */
export async function generatedModules(): Promise<Record<string, string>> {
  const modules: Record<string, string> = {};
  for (const [name, features] of Object.entries(builds)) {
    const base64 = Buffer.from(await compile(features)).toString('base64');
    modules[`src/generated/${name}.ts`] =
      `/** Compiled from assembly/ by compile.ts: --enable ${features}. */\n` +
      `export const ${name} =\n  '${base64}';\n`;
  }
  return modules;
}

async function compile(features: string): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  const options = [
    'index.ts',
    ...['--baseDir', join(folder, 'assembly'), '--outFile', 'kernels.wasm'],
    ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory'],
    ...['--enable', features],
  ];
  let diagnostics = '';
  const stderr = { write: (text: string) => void (diagnostics += text) };
  const { error } = await asc.main(options, {
    stderr,
    writeFile(name, contents) {
      if (name === 'kernels.wasm') bytes = contents as Uint8Array;
    },
  });
  if (error) throw new Error(`asc ${options.join(' ')}\n${diagnostics}`, { cause: error });
  return bytes!;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await generatedModules())) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
