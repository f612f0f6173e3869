import { tableOf } from '../../table/config/config-schema.ts';
import { defineKind } from '../../table/kind/table-kind.ts';
import type { DenseConfig } from '../dense.ts';
import type { TTConfig } from '../tt/tt-config.ts';
import { int4Grid, int8Grid } from './quantise.ts';
import { QuantisedTable, quantisedTableCost } from './quantised-table.ts';
import { QuantisedTT, quantisedTTCost } from './quantised-tt.ts';

/**
 * A trained table in 8-bit integers, for inference: a dense one by rows, a TT by slices of its cores, each with a
 * float32 step. Made by `fromDense` and `convert`; zeros until then.
 */
export interface Int8Config {
  readonly kind: 'int8';
  readonly into: DenseConfig | TTConfig;
}

/** A trained table in 4-bit integers, two a byte, with a float32 step a row. For inference, as int8. */
export interface Int4Config {
  readonly kind: 'int4';
  readonly into: DenseConfig;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    int8: Int8Config;
    int4: Int4Config;
  }
}

export const int8Kind = defineKind<Int8Config>({
  name: 'int8',
  schema: { properties: { into: tableOf('dense', 'tt') }, required: ['into'] },
  cost: ({ into: inner }, size) =>
    inner.kind === 'tt' ? quantisedTTCost(inner, size) : quantisedTableCost(int8Grid, size),
  create: ({ into: inner }, context) =>
    inner.kind === 'tt' ? new QuantisedTT(inner, context) : new QuantisedTable(int8Grid, context),
  /** A gather makes floats of integers. */
  rows: ({ into: inner }, graph) => graph.child(inner, {}),
});

export const int4Kind = defineKind<Int4Config>({
  name: 'int4',
  schema: { properties: { into: tableOf('dense') }, required: ['into'] },
  cost: (_config, size) => quantisedTableCost(int4Grid, size),
  create: (_config, context) => new QuantisedTable(int4Grid, context),
  rows: ({ into: inner }, graph) => graph.child(inner, {}),
});
