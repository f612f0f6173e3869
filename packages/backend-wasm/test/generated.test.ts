import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedModules } from '../compile.ts';

test('the committed modules are what the sources compile to', async () => {
  for (const [path, text] of Object.entries(await generatedModules())) {
    const committed = readFileSync(join(import.meta.dirname, '..', path), 'utf8');
    expect(committed === text, `${path} must be generated anew: node packages/backend-wasm/compile.ts`).toBe(
      true,
    );
  }
});
