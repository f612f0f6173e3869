import { mix32 } from '@ttrec/core';
import type { RowSource } from '../rows/row-source.ts';
import { anyTable } from '../table/config/config-schema.ts';
import type { TableConfig } from '../table/config/table-config.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  StoredRows,
  TableContext,
} from '../table/embedding-table.ts';
import { defineKind } from '../table/kind/table-kind.ts';
import { fittingOf } from '../table/training-parts.ts';
import { WrappingTable } from '../table/wrapping-table.ts';
import { hashWord, MAX_SEED } from './hash/hash-function.ts';

/**
 * A table whose ids are sent on in another order. Which ids have digits in common decides what a tensor train can share, and the order of
 * frequency is not the best for all data. The order is computed, so that it takes no bytes.
 */
export interface PermutedConfig {
  readonly kind: 'permuted';
  readonly into: TableConfig;
  /** `all` ids in random order, or only `similar` ones: those from 2^k to 2^(k+1) - 1 change places among themselves. `all` by default. */
  readonly among?: 'all' | 'similar';
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
    properties: {
      into: anyTable,
      among: { enum: ['all', 'similar'] },
      seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
    },
    required: ['into'],
  },
  children: ({ into: inner }, size) => [{ config: inner, size }],
  cost: (_config, _size, _optimizer, [inner]) => inner!,
  create: (config, context, [inner]) => new PermutedTable(config, context, inner!),
  resize: (config, size, bytes, tables) => ({ ...config, into: tables.resize(config.into, size, bytes) }),
});

class PermutedTable extends WrappingTable {
  readonly #inner: EmbeddingTable;
  readonly #placeOf: (id: number) => number;

  constructor(config: PermutedConfig, context: TableContext, inner: EmbeddingTable) {
    const { among = 'all', seed = 0 } = config;
    super(context, [inner], `permuted ${among} ${seed} of ${context.numEmbeddings}`);
    this.#inner = inner;
    this.#placeOf = permutedPlaces(config, context.numEmbeddings);
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#inner.lookup(ids.map(this.#placeOf), training);
  }

  storedRows(ids: Uint32Array): StoredRows | undefined {
    return this.#inner.storedRows?.(ids.map(this.#placeOf));
  }

  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { leastSquaresRows } = await fittingOf(this.training);
    const permuted = await leastSquaresRows(source, {
      unknowns: this.numEmbeddings,
      terms: 1,
      write: (id, places, factors) => {
        places[0] = this.#placeOf(id);
        factors[0] = 1;
      },
    });
    await this.#inner.fit(permuted, options);
  }
}

/** Where each id goes: a bijection of the integers below N. O(1) a call, without memory. */
export function permutedPlaces(
  { among = 'all', seed = 0 }: Pick<PermutedConfig, 'among' | 'seed'>,
  numEmbeddings: number,
): (id: number) => number {
  if (among === 'all') return bijection(numEmbeddings, seed, 0);
  const count = 32 - Math.clz32(numEmbeddings - 1);
  const octaves = Array.from({ length: count }, (_, k) =>
    bijection(Math.min(2 ** k, numEmbeddings - 2 ** k), seed, k),
  );
  return (id) => {
    if (id === 0) return 0;
    const octave = 31 - Math.clz32(id);
    return 2 ** octave + octaves[octave]!(id - 2 ** octave);
  };
}

const ROUNDS = 6;

/**
 * A Feistel network on two digits, each round of which adds a hash of one to the other. The digits have a few more values than there are
 * integers: one that falls beyond is sent on until it does not (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
 */
function bijection(size: number, seed: number, index: number): (at: number) => number {
  const low = Math.ceil(Math.sqrt(size));
  const high = Math.ceil(size / low);
  const words = Array.from({ length: ROUNDS }, (_, round) => hashWord(seed, ROUNDS * index + round + 1));
  const once = (at: number) => {
    let [left, right] = [Math.floor(at / low), at % low];
    for (let round = 0; round < ROUNDS; round += 2) {
      left = (left + mix32(right ^ words[round]!)) % high;
      right = (right + mix32(left ^ words[round + 1]!)) % low;
    }
    return left * low + right;
  };
  return (at) => {
    let place = once(at);
    while (place >= size) place = once(place);
    return place;
  };
}
