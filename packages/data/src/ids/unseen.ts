import { counted } from '@ttrec/core';
import { error } from '../error.ts';

/** The treatment of values that a vocabulary lacks: one shared row, one of several by a hash, or an error. */
export type UnseenPolicy = 'oov' | 'hash' | 'error';

/** The policy of a vocabulary in configs and encodings; `oov` by default. */
export interface Unseen {
  readonly unseen?: UnseenPolicy | undefined;
  /** With `hash`: the rows that unseen values share. */
  readonly unseenRows?: number | undefined;
}

/** The number of rows for unseen values, 0 … n - 1. They come before the values, so that a growing vocabulary moves none. */
export function rowsForUnseen({ unseen, unseenRows }: Unseen): number {
  return unseen === 'hash' ? unseenRows! : 1;
}

/** The row of an unseen value, from its 32-bit hash. `requireSeen` applies the policy `error`. */
export function unseenRow(policy: Unseen, hash: number): number {
  return hash % rowsForUnseen(policy);
}

/** The fields of a policy, without those that have their default. */
export function policyOf({ unseen, unseenRows }: Unseen): Unseen {
  if (unseen === 'hash') return { unseen, unseenRows };
  return unseen === 'error' ? { unseen } : {};
}

type Table = { readonly kind: 'hash' | 'row' } | ({ readonly kind: 'vocabulary' } & Vocabulary);

interface Vocabulary extends Unseen {
  readonly table: string;
  readonly values: { readonly length: number };
}

/** @throws `data/unseen-value` if `row` is one for unseen values and the table's policy is `error` */
export function requireSeen(row: number, table: Table, place: string, value: string): void {
  if (table.kind !== 'vocabulary' || table.unseen !== 'error' || row >= rowsForUnseen(table)) return;
  throw unseenValue(place, table, JSON.stringify(value));
}

/** `data/unseen-value`, for the policy `error`. */
export function unseenValue(place: string, { table, values }: Vocabulary, got: string): Error {
  return error('unseen-value', {
    subject: place,
    rule: `must be among the ${counted(values.length, 'value')} of vocabulary "${table}" (unseen: "error")`,
    got,
    hint: 'Train with unseen: "oov" or "hash" to give unseen values rows.',
  });
}
