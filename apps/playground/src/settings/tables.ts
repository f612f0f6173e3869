import { cost, type TableConfig, type TableSpec } from '@ttrec/embeddings';
import type { Kind, Settings } from './settings.ts';

/** Kinds whose tables follow from the settings alone. */
export type FormKind = Exclude<Kind, 'planned' | 'compressed'>;

export function isForm(kind: Kind): kind is FormKind {
  return Object.hasOwn(tableConfigs, kind);
}

/** A table of the data, before it is decided how it is stored. */
export interface TableSize {
  readonly name: string;
  readonly numEmbeddings: number;
}

/** Stores a table as the settings say where that makes it smaller, and dense where it does not. */
function chooseTable(kind: FormKind, settings: Settings, { numEmbeddings }: TableSize): TableConfig {
  const size = { numEmbeddings, embeddingDim: settings.embeddingDim };
  if (numEmbeddings === 1) return { kind: 'dense' };
  const chosen = tableConfigs[kind](settings, numEmbeddings);
  return cost(chosen, size).bytes < cost({ kind: 'dense' }, size).bytes ? chosen : { kind: 'dense' };
}

export function chooseTables(kind: FormKind, settings: Settings, sizes: readonly TableSize[]): TableSpec[] {
  return sizes.map((size) => ({ ...size, config: chooseTable(kind, settings, size) }));
}

const tableConfigs: Readonly<Record<FormKind, (settings: Settings, numEmbeddings: number) => TableConfig>> = {
  dense: () => ({ kind: 'dense' }),
  hash: ({ buckets }) => ({ kind: 'hash', buckets, into: { kind: 'dense' } }),
  tt: ({ rank }) => ({ kind: 'tt', ranks: rank }),
  'hash+tt': ({ trainBuckets, rank }) => ({
    kind: 'hash',
    buckets: trainBuckets,
    into: { kind: 'tt', ranks: rank },
  }),
  'hot-cold': ({ hot, rank }, numEmbeddings) => ({
    kind: 'hot-cold',
    hot: Math.min(hot, numEmbeddings - 1),
    cold: { kind: 'tt', ranks: rank },
  }),
};
