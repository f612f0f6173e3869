import { printable } from './printable.ts';
import { showValue } from './show-value.ts';

/**
 * The parts of a message, in order. They may hold text from outside as it is: the message shows it escaped and cut, as
 * `printable` does. `parts` of the error keeps it whole.
 */
export interface ErrorParts {
  /** Where: a function, a field of a config, a place in a file. */
  readonly subject: string;
  /** What must hold. */
  readonly rule: string;
  /** The value that broke the rule. Shown as `7`, `word`, `"7"` or JSON, in at most 200 characters. */
  readonly got?: unknown;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** The error underneath, if there is one. */
  readonly cause?: unknown;
}

/** The one error class of ttrec. `code` is stable (`package/rule-in-words`); the message may be reworded. */
export class TtrecError extends Error {
  override readonly name = 'TtrecError';
  readonly code: string;
  readonly parts: ErrorParts;

  constructor(packageName: string, rule: string, parts: ErrorParts) {
    super(messageOf(packageName, parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = `${packageName}/${rule}`;
    this.parts = parts;
  }
}

/** Makes the function with which one package builds its errors. The caller throws what it returns. */
export function errorsOf(packageName: string): (rule: string, parts: ErrorParts) => TtrecError {
  return (rule, parts) => new TtrecError(packageName, rule, parts);
}

/** True for an error of ttrec, and with `code` only for that one. Works across copies of this package. */
export function isTtrecError(error: unknown, code?: string): error is TtrecError {
  if (!(error instanceof Error) || error.name !== 'TtrecError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}

/**
 * The same error, told of a part of something larger: `table "C3", ranks: …`. Anything else that was thrown comes back as
 * it is.
 */
export function within(place: string, thrown: unknown): unknown {
  if (!isTtrecError(thrown)) return thrown;
  const [packageName, rule] = thrown.code.split('/') as [string, string];
  const { parts } = thrown;
  return new TtrecError(packageName, rule, {
    ...parts,
    subject: `${place}, ${parts.subject}`,
    cause: thrown,
  });
}

/** Most characters of a subject, a rule or a hint. */
const SHOWN_PART = 1000;

function messageOf(packageName: string, parts: ErrorParts): string {
  const got = 'got' in parts ? `, got ${showValue(parts.got)}` : '';
  const hint = parts.hint === undefined ? '' : ` ${shownPart(parts.hint)}`;
  return `[${packageName}] ${shownPart(parts.subject)}: ${shownPart(parts.rule)}${got}.${hint}`;
}

/** A subject may be a name from a caller in plain JavaScript, and that may be anything. */
function shownPart(part: unknown): string {
  return typeof part === 'string' ? printable(part, SHOWN_PART) : showValue(part);
}
