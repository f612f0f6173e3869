import { isTtrecError } from '@ttrec/core';

/** An error as the page shows it. */
export interface Problem {
  readonly code: string;
  /** Place, rule and value: `clicks.csv, line 7: a line must have 4 columns, like the header, got 3.` */
  readonly message: string;
  readonly hint: string | undefined;
}

export function problemOf(thrown: unknown): Problem {
  if (isTtrecError(thrown)) {
    const { hint } = thrown.parts;
    const message = thrown.message.replace(/^\[[\w-]+\] /, '');
    return {
      code: thrown.code,
      message: hint === undefined ? message : message.slice(0, -hint.length - 1),
      hint,
    };
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { code: 'playground/unexpected', message, hint: undefined };
}
