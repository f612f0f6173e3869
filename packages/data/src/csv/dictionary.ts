import { error } from '../error.ts';
import { MAX_VALUES } from '../read/limits.ts';

/** Codes 0, 1, 2 … for strings, in the order in which they first come. */
export class Dictionary {
  readonly values: string[] = [];
  readonly #codes = new Map<string, number>();
  readonly #subject: string;
  readonly #limit: number;

  /** `subject` is what holds the strings. */
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

/** @throws `data/too-many-values` if a map of strings that has `size` keys takes no other */
export function requireRoom(size: number, subject: string, limit = MAX_VALUES): void {
  if (size < limit) return;
  throw error('too-many-values', {
    subject,
    rule: `must have at most ${limit} different values`,
    got: 'one more',
    hint: 'Split the file, or leave the column out.',
  });
}
