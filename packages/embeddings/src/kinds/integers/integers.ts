import { type AnyOptionRules, checkOptions, type OptionRules } from '@ttrec/core';
import { error } from '../../error.ts';
import { int4Grid, int8Grid } from './quantise.ts';
import { QuantisedTable, quantisedTableCost } from './quantised-table.ts';
import { QuantisedTT, quantisedTTCost } from './quantised-tt.ts';
import type { BuiltInKind } from '../../table/table-kind.ts';
import { denseOptions, type DenseConfig } from '../dense.ts';
import { ttOptions, type TTConfig } from '../tt/tt.ts';

/**
 * A trained table in 8-bit integers, for inference: a dense one by rows, a TT by slices of its cores, each with a
 * float32 step. Made by `fromDense` and `convert`; zeros until then.
 */
export interface Int8Config {
  readonly kind: 'int8';
  readonly into: DenseConfig | TTConfig;
}

export const int8Kind: BuiltInKind<Int8Config> = {
  options: () => int8Options,
  cost({ into }, size) {
    requireInto('int8', into, ['dense', 'tt']);
    return into.kind === 'tt' ? quantisedTTCost(into, size) : quantisedTableCost(int8Grid, size);
  },
  create: ({ into }, context) =>
    into.kind === 'tt' ? new QuantisedTT(into, context) : new QuantisedTable(int8Grid, context),
};

/** A trained table in 4-bit integers, two a byte, with a float32 step a row. For inference, as int8. */
export interface Int4Config {
  readonly kind: 'int4';
  readonly into: DenseConfig;
}

export const int4Kind: BuiltInKind<Int4Config> = {
  options: () => int4Options,
  cost({ into }, size) {
    requireInto('int4', into, ['dense']);
    return quantisedTableCost(int4Grid, size);
  },
  create: (_config, context) => new QuantisedTable(int4Grid, context),
};

const int8Options: OptionRules<Int8Config> = { kind: { required: ['int8'] }, into: 'any' };
const int4Options: OptionRules<Int4Config> = { kind: { required: ['int4'] }, into: 'any' };

function requireInto(kind: string, into: DenseConfig | TTConfig, allowed: readonly string[]): void {
  const inside = (into as { readonly kind?: unknown } | null | undefined)?.kind;
  if (allowed.includes(inside as string)) {
    const options: AnyOptionRules = inside === 'tt' ? ttOptions : denseOptions;
    checkOptions<object>(error, `table kind "${kind}", into`, into, options);
    return;
  }
  throw error('bad-into', {
    subject: `table kind "${kind}", into`,
    rule: `must be ${allowed.join(' or ')}`,
    got: inside,
    hint: `A kind that sends ids on goes outside: { "kind": "hash", …, "into": { "kind": "${kind}", "into": { "kind": "dense" } } }.`,
  });
}
