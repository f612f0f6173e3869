import { cost, type TableConfig, type TableSpec } from '@ttrec/embeddings';
import type { Kind, Settings } from './settings.ts';

/** A table of the data, before it is decided how it is stored. */
export interface TableSize {
  readonly name: string;
  readonly numEmbeddings: number;
}

/** Stores a table as the settings say where that makes it smaller, and dense where it does not. */
export function chooseTable(settings: Settings, { numEmbeddings }: TableSize): TableConfig {
  const chosen = tableConfig(settings, settings.kind);
  const size = { numEmbeddings, embeddingDim: settings.embeddingDim };
  return cost(chosen, size).bytes < cost({ kind: 'dense' }, size).bytes ? chosen : { kind: 'dense' };
}

export function chooseTables(settings: Settings, sizes: readonly TableSize[]): TableSpec[] {
  return sizes.map((size) => ({ ...size, config: chooseTable(settings, size) }));
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
