import { cost, priceTables, type TableConfig, type TableSpec } from '@ttrec/embeddings';
import type { Kind, Settings } from './settings.ts';

/** A table of the data, before it is decided how it is stored. */
export interface TableSize {
  readonly name: string;
  readonly numEmbeddings: number;
}

/** A table as it is stored, and what it takes. Bytes are those of float32 weights, without optimizer state. */
export interface TableView {
  readonly name: string;
  readonly numEmbeddings: number;
  /** `tt`, `hash → tt`. */
  readonly kind: string;
  readonly bytes: number;
  readonly trainingBytes: number;
  readonly denseBytes: number;
}

/** What all tables together take. */
export interface Price {
  readonly bytes: number;
  readonly trainingBytes: number;
  readonly denseBytes: number;
  /** Of the same tables stored dense. */
  readonly compression: number;
}

/** Stores each table as the settings say where that makes it smaller, and dense where it does not. */
export function chooseTables(settings: Settings, sizes: readonly TableSize[]): TableSpec[] {
  const chosen = tableConfig(settings, settings.kind);
  const { embeddingDim } = settings;
  return sizes.map(({ name, numEmbeddings }) => {
    const size = { numEmbeddings, embeddingDim };
    const isSmaller = cost(chosen, size).bytes < cost({ kind: 'dense' }, size).bytes;
    return { name, numEmbeddings, config: isSmaller ? chosen : { kind: 'dense' } };
  });
}

/** Throws what `cost` throws. */
export function viewTables(tables: readonly TableSpec[], embeddingDim: number): TableView[] {
  return priceTables(tables, embeddingDim, { rule: 'adagrad' }).map(
    ({ table, cost: { bytes, trainingBytes } }) => {
      const { name, numEmbeddings, config } = table;
      const denseBytes = cost({ kind: 'dense' }, { numEmbeddings, embeddingDim }).bytes;
      return { name, numEmbeddings, kind: nameOf(config), bytes, trainingBytes, denseBytes };
    },
  );
}

export function priceOf(views: readonly TableView[]): Price {
  const sum = (field: 'bytes' | 'trainingBytes' | 'denseBytes') =>
    views.reduce((total, view) => total + view[field], 0);
  const [bytes, denseBytes] = [sum('bytes'), sum('denseBytes')];
  return { bytes, denseBytes, trainingBytes: sum('trainingBytes'), compression: denseBytes / bytes };
}

function tableConfig({ rank, buckets, trainBuckets }: Settings, kind: Kind): TableConfig {
  switch (kind) {
    case 'dense':
      return { kind: 'dense' };
    case 'hash':
      return { kind: 'hash', buckets, into: { kind: 'dense' } };
    case 'tt':
      return { kind: 'tt', ranks: rank };
    case 'hash+tt':
      return { kind: 'hash', buckets: trainBuckets, into: { kind: 'tt', ranks: rank } };
  }
}

function nameOf(config: TableConfig): string {
  return config.kind === 'hash' ? `hash → ${nameOf(config.into)}` : config.kind;
}
