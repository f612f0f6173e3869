import { conformanceSuite } from '@ttrec/backend-testkit';
import { describe, test } from 'vitest';
import { builds } from './builds.ts';

for (const { name, create, skip } of builds) {
  for (const threads of [1, 2]) {
    conformanceSuite({
      name: `${name}, ${threads} threads`,
      create: () => create(threads),
      describe: skip ? describe.skip : describe,
      test,
    });
  }
}
