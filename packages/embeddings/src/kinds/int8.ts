import { error } from '../error.ts';
import { int4Grid, int8Grid } from '../quantise.ts';
import { QuantisedTable, quantisedTableCost } from '../quantised-table.ts';
import { QuantisedTrain, quantisedTrainCost } from '../quantised-train.ts';
import type { TableKind } from '../table-kind.ts';
import type { DenseConfig } from './dense.ts';
import type { TTConfig } from './tt.ts';

/**
 * A trained table in 8-bit integers, for inference: a dense one by rows, a train by slices of its cores, each with a
 * float32 step. Made by `fromDense` and `convert`; zeros until then.
 */
export interface Int8Config {
  readonly kind: 'int8';
  readonly into: DenseConfig | TTConfig;
}

export const int8Kind: TableKind<Int8Config> = {
  cost({ into }, size) {
    requireInto('int8', into, ['dense', 'tt']);
    return into.kind === 'tt' ? quantisedTrainCost(into, size) : quantisedTableCost(int8Grid, size);
  },
  create: ({ into }, context) =>
    into.kind === 'tt' ? new QuantisedTrain(into, context) : new QuantisedTable(int8Grid, context),
};

/** A trained table in 4-bit integers, two a byte, with a float32 step a row. For inference, as int8. */
export interface Int4Config {
  readonly kind: 'int4';
  readonly into: DenseConfig;
}

export const int4Kind: TableKind<Int4Config> = {
  cost({ into }, size) {
    requireInto('int4', into, ['dense']);
    return quantisedTableCost(int4Grid, size);
  },
  create: (_config, context) => new QuantisedTable(int4Grid, context),
};

function requireInto(
  kind: string,
  into: { readonly kind?: string } | undefined,
  allowed: readonly string[],
): void {
  if (allowed.includes(into?.kind as string)) return;
  throw error('bad-into', {
    subject: `table kind "${kind}", into`,
    rule: `must be ${allowed.join(' or ')}`,
    got: into?.kind,
    hint: `A kind that sends ids on goes outside: { "kind": "hash", …, "into": { "kind": "${kind}", "into": { "kind": "dense" } } }.`,
  });
}
