import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { licenceOf, licencePage } from '../src/licence-page.ts';
import { root } from '../src/root.ts';

test('docs/licences.md lists what is installed; node tools/release/src/licences.ts --write renews it', () => {
  expect(readFileSync(join(root, 'docs', 'licences.md'), 'utf8')).toBe(licencePage(root));
});

test.each([
  ['MIT', 'MIT'],
  ['(GPL-3.0 OR Apache-2.0)', '(GPL-3.0 OR Apache-2.0)'],
])('the licence %s is allowed', (license, licence) => {
  expect(licenceOf({ name: 'a', version: '1.0.0', license })).toBe(licence);
});

test.each([['GPL-3.0'], ['MIT AND GPL-3.0'], [undefined], [{ type: 'MIT' }]])(
  'the licence %o is refused',
  (license) => {
    expect(() => licenceOf({ name: 'a', version: '1.0.0', license })).toThrow(
      /^a@1.0.0: the licence must be one of MIT/,
    );
  },
);
