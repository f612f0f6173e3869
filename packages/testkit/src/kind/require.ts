import { requirementsOf } from '../backend/index.ts';
import { error } from '../error.ts';

export const { requireThat, requireSame } = requirementsOf(error);

/** Numbers that differ by at most `tolerance` of the largest; zeros must be zeros. */
export function requireNear(
  subject: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
): void {
  requireThat(got.length === want.length, {
    subject,
    rule: `length must be ${want.length}`,
    got: got.length,
  });
  const bound = tolerance * Array.from(want).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < want.length; i++) {
    const rule = `must be within ${bound} of ${want[i]}`;
    // Not `>`: a NaN is near nothing.
    requireThat(Math.abs(got[i]! - want[i]!) <= bound, { subject: `${subject} [${i}]`, rule, got: got[i] });
  }
}

/** `act` must throw with this code. */
export function requireRefusal(subject: string, code: string, act: () => unknown): void {
  let got: unknown = 'nothing';
  try {
    act();
  } catch (thrown) {
    got = (thrown as { code?: unknown }).code ?? thrown;
  }
  requireThat(got === code, { subject, rule: `must throw ${code}`, got });
}
