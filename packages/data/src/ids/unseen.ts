import { error } from '../error.ts';

/** What becomes of a value that a vocabulary lacks: one shared row, one of several by a hash, or an error. */
export type UnseenPolicy = 'oov' | 'hash' | 'error';

/** The policy of one vocabulary, as configs and encodings carry it. `oov` when absent, as before there was a choice. */
export interface Unseen {
  readonly unseen?: UnseenPolicy | undefined;
  /** With `hash`: the rows that unseen values share. */
  readonly unseenRows?: number | undefined;
}

/** The rows in front of a vocabulary, 0 … n - 1. They stand before its values, so that a growing one moves none of them. */
export function rowsForUnseen({ unseen, unseenRows }: Unseen): number {
  return unseen === 'hash' ? unseenRows! : 1;
}

/** The row of an unseen value, from a 32-bit hash of it. Refusing is left to those who know where the value stands. */
export function unseenRow(policy: Unseen, hash: number): number {
  return hash % rowsForUnseen(policy);
}

/** The fields of a policy, without those that say what absent ones say. */
export function policyOf({ unseen, unseenRows }: Unseen): Unseen {
  if (unseen === 'hash') return { unseen, unseenRows };
  return unseen === 'error' ? { unseen } : {};
}

type Table = { readonly kind: 'hash' } | ({ readonly kind: 'vocabulary' } & Vocabulary);

interface Vocabulary extends Unseen {
  readonly table: string;
  readonly values: { readonly length: number };
}

/** @throws `data/unseen-value` if a row of a table stands for values that it lacks, and the table refuses these */
export function requireSeen(row: number, table: Table, place: string, value: string): void {
  if (table.kind === 'hash' || table.unseen !== 'error' || row >= rowsForUnseen(table)) return;
  throw unseenValue(place, table, JSON.stringify(value));
}

/** `data/unseen-value`, for the policy `error`. */
export function unseenValue(place: string, { table, values }: Vocabulary, got: string): Error {
  return error('unseen-value', {
    subject: place,
    rule: `must be among the ${values.length} values of vocabulary "${table}" (unseen: "error")`,
    got,
    hint: 'Train with unseen: "oov" or "hash" to give unseen values rows.',
  });
}
