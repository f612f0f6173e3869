import { conformanceSuite } from '@ttrec/testkit/backend';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createExampleBackend } from '../examples/example-backend.ts';

conformanceSuite({ name: 'the example of CONTRIBUTING', create: createExampleBackend, describe, test });

test('the example stays as short as CONTRIBUTING says', () => {
  const source = readFileSync(new URL('../examples/example-backend.ts', import.meta.url), 'utf8');
  const code = source.split('\n').filter((line) => line !== '' && !/^(import|\/\*\*)/.test(line));
  expect(code.length).toBeLessThanOrEqual(30);
});
