import type { Backend } from '@ttrec/backend';
import { isTtrecError } from '@ttrec/core';
import { error } from '../error.ts';
import { requirementsOf } from './requirements.ts';
import { Workbench } from './workbench.ts';

/** One thing that must hold for a backend. */
export interface ConformanceCase {
  readonly name: string;
  /** Whether a case that holds leaves the backend as it was, so that the next may have it too. */
  readonly leavesBackend?: true;
  /** Throws, with the place and the numbers, when it does not hold. Wants a fresh backend, which the caller disposes. */
  run(backend: Backend): Promise<void>;
}

/** A case over a workbench whose buffers are freed afterwards; what is then left over fails the case. */
export function benchCase(name: string, check: (bench: Workbench) => Promise<void>): ConformanceCase {
  return {
    name,
    leavesBackend: true,
    async run(backend) {
      const before = backend.memory();
      const bench = new Workbench(backend, name);
      try {
        await check(bench);
      } finally {
        bench.dispose();
      }
      await backend.sync();
      const after = backend.memory();
      for (const field of ['buffers', 'bytes'] as const) {
        requireThat(after[field] === before[field], {
          subject: `memory().${field} after the case`,
          rule: `must be back at ${before[field]}`,
          got: after[field],
        });
      }
    },
  };
}

export const { requireThat, requireSame } = requirementsOf(error);

/** `act` must throw, or reject, with this code and with these words in its message. */
export async function requireError(act: () => unknown, code: string, words: RegExp): Promise<void> {
  let thrown: unknown = 'nothing';
  try {
    await act();
  } catch (caught) {
    thrown = caught;
  }
  if (isTtrecError(thrown, code) && words.test(thrown.message)) return;
  const got = thrown instanceof Error ? thrown.message : thrown;
  throw error('wrong-error', {
    subject: 'the error thrown',
    rule: `must be ${code} and match ${words}`,
    got,
  });
}
