import { permutation, RandomStream } from '@ttrec/core';
import type { TableConfig } from '@ttrec/embeddings';
import {
  anyTable,
  defineKind,
  WrappingTable,
  type EmbeddingTable,
  type Lookup,
  type TableContext,
} from '@ttrec/embeddings/kind';
import { error } from '../error.ts';

/**
 * A table whose ids are sent on in another order, drawn at random: a control of comparisons. What it loses to the table inside
 * is what that one gains from the order of ids. The order is drawn from the seed and takes no bytes of the weights.
 */
export interface PermutedConfig {
  readonly kind: 'permuted';
  readonly into: TableConfig;
  readonly seed?: number;
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    permuted: PermutedConfig;
  }
}

export const permutedKind = defineKind<PermutedConfig>({
  name: 'permuted',
  schema: {
    properties: { into: anyTable, seed: { type: 'integer', minimum: 0 } },
    required: ['into'],
  },
  children: ({ into: inner }, size) => [{ config: inner, size }],
  cost: (_config, _size, _optimizer, [inner]) => inner!,
  create: (config, context, [inner]) => new PermutedTable(config, context, inner!),
  resize: (config, size, bytes, tables) => ({ ...config, into: tables.resize(config.into, size, bytes) }),
});

class PermutedTable extends WrappingTable {
  readonly #inner: EmbeddingTable;
  readonly #order: Uint32Array;

  constructor({ seed = 0 }: PermutedConfig, context: TableContext, inner: EmbeddingTable) {
    super(context, [inner], `permuted ${seed}`);
    this.#inner = inner;
    this.#order = permutation(context.numEmbeddings, new RandomStream(seed, `permuted/${context.name}`));
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#inner.lookup(
      ids.map((id) => this.#order[id]!),
      training,
    );
  }

  fit(): Promise<void> {
    throw error('cannot-fit', {
      subject: 'table kind "permuted"',
      rule: 'is trained, and fitted to no rows',
    });
  }
}
