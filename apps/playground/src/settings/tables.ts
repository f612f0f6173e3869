import { cost, type TableConfig, type TableSpec } from '@ttrec/embeddings';
import type { Kind, Settings } from './settings.ts';

/** A table of the data, before it is decided how it is stored. */
export interface TableSize {
  readonly name: string;
  readonly numEmbeddings: number;
}

/** Stores a table as the settings say where that makes it smaller, and dense where it does not. */
export function chooseTable(settings: Settings, { numEmbeddings }: TableSize): TableConfig {
  const chosen = tableConfigs[settings.kind](settings);
  const size = { numEmbeddings, embeddingDim: settings.embeddingDim };
  return cost(chosen, size).bytes < cost({ kind: 'dense' }, size).bytes ? chosen : { kind: 'dense' };
}

export function chooseTables(settings: Settings, sizes: readonly TableSize[]): TableSpec[] {
  return sizes.map((size) => ({ ...size, config: chooseTable(settings, size) }));
}

const tableConfigs: Readonly<Record<Kind, (settings: Settings) => TableConfig>> = {
  dense: () => ({ kind: 'dense' }),
  hash: ({ buckets }) => ({ kind: 'hash', buckets, into: { kind: 'dense' } }),
  tt: ({ rank }) => ({ kind: 'tt', ranks: rank }),
  'hash+tt': ({ trainBuckets, rank }) => ({
    kind: 'hash',
    buckets: trainBuckets,
    into: { kind: 'tt', ranks: rank },
  }),
};
