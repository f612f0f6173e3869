import { cost, type TableSpec } from '@ttrec/embeddings';
import { describeTable } from '@ttrec/embeddings/configs';
import type { PlannerOptions } from '../planner.ts';

/** A table of a plan and what it costs. */
export interface PricedTable {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly config: TableSpec['config'];
  /** `hash→tt`, `hot-cold(dense, tt)`: the kind, and those inside. */
  readonly kind: string;
  /** Bytes of its parameters. */
  readonly bytes: number;
  /** Bytes beside them, by `overheadBytes` of the options. */
  readonly overheadBytes: number;
  readonly denseBytes: number;
  readonly multiplyAddsPerLookup: number;
}

/** @throws `embeddings/unsupported-optimizer` for a kind that the optimizer cannot train */
export function pricedTables(tables: readonly TableSpec[], options: PlannerOptions): PricedTable[] {
  const { embeddingDim, optimizer, overheadBytes = () => 0, generators = [] } = options;
  const kinds = [...new Set(generators.flatMap(({ tableKinds = [] }) => tableKinds))];
  return tables.map(({ name, numEmbeddings, config }) => {
    const size = { numEmbeddings, embeddingDim };
    const price = cost(config, size, optimizer, kinds);
    return {
      name,
      numEmbeddings,
      config,
      kind: describeTable(config, kinds),
      bytes: price.bytes,
      overheadBytes: overheadBytes(name, price),
      denseBytes: cost({ kind: 'dense' }, size).bytes,
      multiplyAddsPerLookup: price.multiplyAddsPerLookup,
    };
  });
}

/** Of all tables, overhead included. */
export function takenBytes(tables: readonly PricedTable[]): number {
  return tables.reduce((sum, { bytes, overheadBytes }) => sum + bytes + overheadBytes, 0);
}
