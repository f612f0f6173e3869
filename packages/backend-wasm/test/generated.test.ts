import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { generatedModules } from '../compile.ts';

test('the committed modules are what the sources compile to', async () => {
  for (const [path, text] of Object.entries(await generatedModules())) {
    const committed = readFileSync(join(import.meta.dirname, '..', path), 'utf8');
    expect(
      contentOf(committed) === contentOf(text),
      `${path} must be generated anew: node packages/backend-wasm/compile.ts`,
    ).toBe(true);
  }
});

/** The same bytes may be deflated in several ways. */
function contentOf(text: string): string {
  const packed = /export const scoring =\s+'([^']+)'/.exec(text)?.[1];
  if (packed === undefined) return text;
  return text.replace(packed, inflateRawSync(Buffer.from(packed, 'base64')).toString('base64'));
}
