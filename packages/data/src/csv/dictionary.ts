import { error } from '../error.ts';
import { MAX_VALUES } from '../read/limits.ts';

/** Codes 0, 1, 2 … for strings, in order of first appearance. */
export class Dictionary {
  readonly values: string[] = [];
  readonly #codes = new Map<string, number>();
  readonly #subject: string;
  readonly #limit: number;

  /** `subject` names the strings in errors. */
  constructor(subject: string, limit = MAX_VALUES) {
    this.#subject = subject;
    this.#limit = limit;
  }

  /** @throws `data/too-many-values` */
  codeOf(value: string): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    requireRoom(this.values.length, this.#subject, this.#limit);
    this.#codes.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}

/** @throws `data/too-many-values` if a map of `size` strings is full */
export function requireRoom(size: number, subject: string, limit = MAX_VALUES): void {
  if (size < limit) return;
  throw error('too-many-values', {
    subject,
    rule: `must have at most ${limit} different values`,
    got: 'one more',
    hint: 'Split the file, or remove the column.',
  });
}
