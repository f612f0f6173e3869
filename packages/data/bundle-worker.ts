/**
 * Bundles src/reading-worker.ts into the text of one script, src/generated/reading-worker.ts. It is committed, so that sources run without a build; a
 * test bundles anew and compares. `node packages/data/bundle-worker.ts`
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledScript } from '@ttrec/tsup-config/bundled-script';

const folder = import.meta.dirname;
export const generatedFile = join(folder, 'src/generated/reading-worker.ts');

export async function generatedModule(): Promise<string> {
  const script = await bundledScript(join(folder, 'src/reading-worker.ts'));
  return `/** Bundled from src/reading-worker.ts by bundle-worker.ts. */\nexport const worker =\n  ${script};\n`;
}

if (import.meta.main) await writeFile(generatedFile, await generatedModule());
