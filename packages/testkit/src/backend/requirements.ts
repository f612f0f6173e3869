import type { errorsOf } from '@ttrec/core';

/** Assertions of a suite: they throw `…/broken-rule` with the place and the numbers. */
export interface Requirements {
  readonly requireThat: (holds: boolean, parts: { subject: string; rule: string; got?: unknown }) => void;
  /** The same numbers, bit for bit. */
  readonly requireSame: (subject: string, got: ArrayLike<number>, want: ArrayLike<number>) => void;
}

/** Requirements whose errors are those of one package. */
export function requirementsOf(error: ReturnType<typeof errorsOf>): Requirements {
  const requireThat: Requirements['requireThat'] = (holds, parts) => {
    if (!holds) throw error('broken-rule', parts);
  };
  return {
    requireThat,
    requireSame(subject, got, want) {
      requireThat(got.length === want.length, {
        subject,
        rule: `length must be ${want.length}`,
        got: got.length,
      });
      for (let i = 0; i < want.length; i++) {
        const rule = `must be exactly ${want[i]}`;
        requireThat(Object.is(got[i], want[i]), { subject: `${subject} [${i}]`, rule, got: got[i] });
      }
    },
  };
}
