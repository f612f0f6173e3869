import type { OptionRules } from '@ttrec/core';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { error } from '../../error.ts';
import { leastSquaresRows, type Mixture } from '../../rows/fit-least-squares.ts';
import { Gather } from '../../lookup/gather.ts';
import { hashFunction, MAX_SEED } from './hash-function.ts';
import type { TableConfig } from '../../kinds.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type {
  BuiltInKind,
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  TableContext,
  TableCost,
  TableSize,
} from '../../table/table-kind.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';

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
  /**
   * k, 1 by default: a row is the sum of the rows of k buckets, each found by a hash function of its own, over √k. Two
   * ids then rarely share all of theirs. With `mix` only.
   */
  readonly probes?: number;
  /** A second hash gives each of them a sign, so that what collisions add has mean 0. `false` by default. */
  readonly signs?: boolean;
}

/** As many as there are 32-bit hashes. */
const MAX_BUCKETS = 2 ** 32;
/** More would cost more than they part. Signs take the hash functions of a seed from this one on. */
export const MAX_PROBES = 16;

const options: OptionRules<HashConfig> = {
  kind: { required: ['hash'] },
  buckets: 'any',
  into: 'any',
  function: ['mix', 'modulo'],
  seed: 'any',
  probes: 'any',
  signs: 'boolean',
};

/**
 * Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009. Several probes are those of
 * Svenstrup, Hansen and Winther, "Hash Embeddings for Efficient Word Representations", NeurIPS 2017, without their
 * trained importance weights, which are numbers an id.
 */
export const hashKind: BuiltInKind<HashConfig> = {
  options: () => options,
  cost(config, size, optimizer, nested) {
    checkFunction(config);
    const inner = nested.cost(config.into, bucketSize(config, size), optimizer);
    return { ...inner, multiplyAddsPerLookup: multiplyAddsPerLookup(config, size, inner) };
  },
  create: (config, context, nested) =>
    isPlain(config) ? new HashTable(config, context, nested) : new ProbedHashTable(config, context, nested),
  /** Buckets do not depend on how many ids there are. */
  grow: (config) => config,
};

/** One bucket an id, without a sign: ids are sent on as they come. */
class HashTable extends WrappingTable {
  readonly #inner: EmbeddingTable;
  readonly #probe: Probe;
  #buckets = new Uint32Array(0);

  constructor(config: HashConfig, context: TableContext, nested: NestedTables) {
    const inner = nested.create(config.into, { ...context, ...bucketSize(config, context) });
    super(context, [inner], routingKey(config));
    this.#inner = inner;
    this.#probe = probesOf(config)[0]!;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    if (this.#buckets.length < ids.length) this.#buckets = new Uint32Array(ids.length);
    const buckets = this.#buckets.subarray(0, ids.length);
    for (let i = 0; i < ids.length; i++) buckets[i] = this.#probe.bucket(ids[i]!);
    return this.#inner.lookup(buckets, training);
  }

  /** A bucket becomes the weighted mean of its rows, zeros without any, and counts for as much as they do together. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const mixture = mixtureOf([this.#probe], this.#inner.numEmbeddings);
    await this.#inner.fit(await leastSquaresRows(source, mixture), options);
  }
}

/** Several buckets an id, or signs. */
class ProbedHashTable extends WrappingTable {
  readonly #inner: EmbeddingTable;
  readonly #probes: readonly Probe[];
  readonly #gather: Gather;
  readonly #rows: DistinctRows;

  constructor(config: HashConfig, context: TableContext, nested: NestedTables) {
    const inner = nested.create(config.into, { ...context, ...bucketSize(config, context) });
    super(context, [inner], routingKey(config));
    this.#inner = inner;
    this.#probes = probesOf(config);
    this.#gather = new Gather(context.backend, this.#inner, context.name);
    this.#rows = new DistinctRows(context.backend, context, (ids, out, training) =>
      this.#gather.rows(this.#sources(ids), out, training),
    );
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** The buckets whose sums come nearest in least squares. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const mixture = mixtureOf(this.#probes, this.#inner.numEmbeddings);
    await this.#inner.fit(await leastSquaresRows(source, mixture), options);
  }

  override dispose(): void {
    this.#rows.dispose();
    this.#gather.dispose();
    super.dispose();
  }

  #sources(ids: Uint32Array): { ids: Uint32Array; perRow: number; weights: Float32Array } {
    const perRow = this.#probes.length;
    const buckets = new Uint32Array(ids.length * perRow);
    const weights = new Float32Array(ids.length * perRow);
    for (const [p, { bucket, factor }] of this.#probes.entries()) {
      for (let i = 0, at = p; i < ids.length; i++, at += perRow) {
        buckets[at] = bucket(ids[i]!);
        weights[at] = factor(ids[i]!);
      }
    }
    return { ids: buckets, perRow, weights };
  }
}

/** Where an id looks, and what the row there counts for. Exact for every uint32. */
interface Probe {
  readonly bucket: (id: number) => number;
  /** ±1/√k. */
  readonly factor: (id: number) => number;
}

function probesOf(config: HashConfig): Probe[] {
  const { buckets, seed = 0, probes = 1, signs = false } = config;
  const size = 1 / Math.sqrt(probes);
  return Array.from({ length: probes }, (_, p) => {
    // The k functions of the buckets come first, those of the signs after them.
    const hash = hashFunction(seed, p);
    const sign = hashFunction(seed, MAX_PROBES + p);
    return {
      bucket: config.function === 'modulo' ? (id) => id % buckets : (id) => hash(id) % buckets,
      factor: signs ? (id) => (sign(id) >>> 31 === 0 ? size : -size) : () => size,
    };
  });
}

function mixtureOf(probes: readonly Probe[], unknowns: number): Mixture {
  return {
    unknowns,
    terms: probes.length,
    write: (id, places, factors) => {
      probes.forEach(({ bucket, factor }, p) => {
        places[p] = bucket(id);
        factors[p] = factor(id);
      });
    },
  };
}

/** Two hashes of one key send an id to the same buckets. */
function routingKey({
  buckets,
  function: name = 'mix',
  seed = 0,
  probes = 1,
  signs = false,
}: HashConfig): string {
  return JSON.stringify(['hash', buckets, name, seed, probes, signs]);
}

function isPlain({ probes = 1, signs = false }: HashConfig): boolean {
  return probes === 1 && !signs;
}

function multiplyAddsPerLookup(config: HashConfig, { embeddingDim }: TableSize, inner: TableCost): number {
  const { probes = 1 } = config;
  return probes * (inner.multiplyAddsPerLookup + (isPlain(config) ? 0 : embeddingDim));
}

function checkFunction({ function: name = 'mix', seed = 0, probes = 1 }: HashConfig): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw error('bad-hash-seed', {
      subject: 'hash seed',
      rule: `must be an integer from 0 to ${MAX_SEED}`,
      got: seed,
    });
  }
  const most = name === 'modulo' ? 1 : MAX_PROBES;
  if (!Number.isInteger(probes) || probes < 1 || probes > most) {
    throw error('bad-probes', {
      subject: 'hash probes',
      rule: `must be an integer from 1 to ${most} with the function "${name}"`,
      got: probes,
      ...(name === 'modulo'
        ? { hint: 'There is one "modulo" only; "mix" has as many functions as you like.' }
        : {}),
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
