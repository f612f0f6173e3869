/**
 * Compiles the kernels in assembly/ to src/generated, once with strict and once with relaxed SIMD, and src/worker.ts to
 * the text of one script. What it writes is committed, so that sources run without a build; a test compiles anew and
 * compares. `node compile.ts`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { bundledScript } from '@ttrec/tsup-config/bundled-script';

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
    const base64 = Buffer.from(await compile('index.ts', features)).toString('base64');
    modules[`src/generated/${name}.ts`] =
      `/** Compiled from assembly/ by compile.ts: --enable ${features}. */\n` +
      `export const ${name} =\n  '${base64}';\n`;
  }
  modules['src/generated/scoring.ts'] = await packedForScoring();
  modules['src/generated/worker.ts'] =
    `/** Bundled from src/worker.ts by compile.ts. */\nexport const worker =\n  ${await bundledScript(join(folder, 'src/worker.ts'))};\n`;
  return modules;
}

/** Both builds of the kernels for scoring alone, strict first, deflated together. */
async function packedForScoring(): Promise<string> {
  const [strict, relaxed] = await Promise.all(
    [builds.strict, builds.relaxed].map((features) => compile('scoring.ts', features)),
  );
  const packed = deflateRawSync(Buffer.concat([strict!, relaxed!]), { level: 9 }).toString('base64');
  return (
    `/** Compiled from assembly/scoring.ts by compile.ts: strict, then relaxed, deflated. */\n` +
    `export const STRICT_BYTES = ${strict!.length};\nexport const scoring =\n  '${packed}';\n`
  );
}

async function compile(entry: string, features: string): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  const options = [
    entry,
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
