import type { Backend } from '@ttrec/backend';
import { typeName } from '@ttrec/core';
import { checkOptions, type AnyOptionRules } from '@ttrec/core/options';
import { error } from '../error.ts';

/** What a test runner has to offer: vitest's, jest's and node:test's functions fit. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
}

export interface Suite extends TestRunner {
  /** Shown in the names of the tests. */
  readonly name: string;
  /** Makes the backend that is tested, or tested on, anew for every case; the suite disposes it. */
  readonly create: () => Backend | Promise<Backend>;
}

/**
 * Rejects options that no test can be defined with.
 * @param more rules of options besides those of all suites
 * @throws `testkit/unknown-option`, `testkit/bad-option`
 */
export function checkSuite(subject: string, suite: Suite, more: AnyOptionRules = {}): void {
  const rules = {
    name: { required: 'string' },
    create: 'any',
    describe: 'any',
    test: 'any',
    ...more,
  } as const;
  checkOptions<object>(error, subject, suite, rules);
  for (const name of ['create', 'describe', 'test'] as const) {
    if (typeof suite[name] === 'function') continue;
    throw error('bad-option', {
      subject: `${subject}, ${name}`,
      rule: 'must be a function',
      got: suite[name],
    });
  }
}

/** A backend made for one case. @throws `testkit/bad-backend` */
export async function createdBackend(create: Suite['create']): Promise<Backend> {
  const backend = (await create()) as Partial<Backend> | null | undefined;
  if (typeof backend?.createBuffer === 'function' && typeof backend.dispose === 'function') {
    return backend as Backend;
  }
  const rule = 'must return a backend, such as defineBackend makes';
  throw error('bad-backend', { subject: 'create', rule, got: typeName(backend) });
}
