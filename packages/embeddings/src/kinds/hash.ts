import { error } from '../error.ts';
import type { HostTensor } from '../host-tensor.ts';
import type { TableConfig } from '../kinds.ts';
import { denseRows, rowBlocks, type RowSource } from '../row-source.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  TableContext,
  TableKind,
  TableParameter,
  TableSize,
} from '../table-kind.ts';

/** The hashing trick: ids share the `buckets` rows of the table inside. */
export interface HashConfig {
  readonly kind: 'hash';
  readonly buckets: number;
  readonly into: TableConfig;
  /**
   * `mix` (default): a seeded 32-bit mixing function, then modulo. `modulo`: the id modulo `buckets`, under which the
   * `buckets` most frequent ids of a frequency-ordered vocabulary never collide with each other.
   */
  readonly function?: 'mix' | 'modulo';
  readonly seed?: number;
}

const MAX_SEED = 2 ** 32 - 1;
/** As many as there are 32-bit hashes. */
const MAX_BUCKETS = 2 ** 32;

/** Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009, without signs. */
export const hashKind: TableKind<HashConfig> = {
  cost(config, size, optimizer, nested) {
    checkFunction(config);
    return nested.cost(config.into, bucketSize(config, size), optimizer);
  },
  create: (config, context, nested) => new HashTable(config, context, nested),
};

class HashTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #inner: EmbeddingTable;
  readonly #bucketOf: (id: number) => number;
  #buckets = new Uint32Array(0);

  constructor(config: HashConfig, context: TableContext, nested: NestedTables) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#inner = nested.create(config.into, { ...context, ...bucketSize(config, context) });
    this.#bucketOf = bucketFunction(config);
  }

  get parameters(): readonly TableParameter[] {
    return this.#inner.parameters;
  }

  get hostTensors(): readonly HostTensor[] {
    return this.#inner.hostTensors ?? [];
  }

  get inferenceOnly(): boolean {
    return this.#inner.inferenceOnly ?? false;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    if (this.#buckets.length < ids.length) this.#buckets = new Uint32Array(ids.length);
    const buckets = this.#buckets.subarray(0, ids.length);
    for (let i = 0; i < ids.length; i++) buckets[i] = this.#bucketOf(ids[i]!);
    return this.#inner.lookup(buckets, training);
  }

  /** A bucket becomes the weighted mean of its rows, zeros without any, and counts for as much as they do together. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { numEmbeddings: buckets, embeddingDim } = this.#inner;
    const sums = new Float64Array(buckets * embeddingDim);
    const weights = new Float64Array(buckets);
    for await (const { start, rows, values } of rowBlocks(source)) {
      for (let i = 0; i < rows; i++) {
        const bucket = this.#bucketOf(start + i);
        const weight = source.weights?.[start + i] ?? 1;
        weights[bucket]! += weight;
        for (let j = 0; j < embeddingDim; j++)
          sums[bucket * embeddingDim + j]! += weight * values[i * embeddingDim + j]!;
      }
    }
    const means = Float32Array.from(sums, (sum, at) => {
      const weight = weights[Math.floor(at / embeddingDim)]!;
      return weight === 0 ? 0 : sum / weight;
    });
    await this.#inner.fit(denseRows(means, embeddingDim, weights), options);
  }

  dispose(): void {
    this.#inner.dispose();
  }
}

/** Id to bucket, exact for every uint32. */
function bucketFunction(config: HashConfig): (id: number) => number {
  const { buckets } = config;
  if (config.function === 'modulo') return (id) => id % buckets;
  const seed = Math.imul((config.seed ?? 0) + 1, 0x9e3779b9);
  return (id) => mix(id ^ seed) % buckets;
}

/** The 32-bit finaliser of MurmurHash3 (Appleby): a bijection in which every input bit reaches every output bit. */
function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const hashFunctions: readonly string[] = ['mix', 'modulo'];

function checkFunction({ function: name = 'mix', seed = 0 }: HashConfig): void {
  if (!hashFunctions.includes(name)) {
    throw error('bad-hash-function', { subject: 'hash function', rule: 'must be mix or modulo', got: name });
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw error('bad-hash-seed', {
      subject: 'hash seed',
      rule: `must be an integer from 0 to ${MAX_SEED}`,
      got: seed,
    });
  }
}

function bucketSize({ buckets }: HashConfig, { embeddingDim }: TableSize): TableSize {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > MAX_BUCKETS) {
    throw error('bad-buckets', {
      subject: 'hash buckets',
      rule: `must be an integer from 1 to ${MAX_BUCKETS}`,
      got: buckets,
    });
  }
  return { numEmbeddings: buckets, embeddingDim };
}
