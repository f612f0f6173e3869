import { expect, test } from 'vitest';
import { apiWarnings } from '../src/api-warnings.ts';

test('exported declarations name exported types and document the parameters they have', async () => {
  // Kinds of tables in examples and tests add their configs to the interface of all.
  const found = (await apiWarnings()).filter((line) => !/\/(examples|test)\//.test(line));
  expect(found).toEqual([]);
});
