import { error } from '../../error.ts';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather } from '../../lookup/gather.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  StoredRows,
  TableContext,
} from '../../table/embedding-table.ts';
import { sumOfCosts } from '../../table/kind/sum-of-costs.ts';
import { defineKind, type TableChild, type TableCost } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import { hashSchema, MAX_PROBES, type HashConfig } from './hash-config.ts';
import { hashWord, importanceWord } from './hash-function.ts';
import { mixtureOf, probesOf, type Probe } from './probes.ts';
import { resizedHash } from './resize-hash.ts';
import { WeightedHashTable } from './weighted-hash-table.ts';

/**
 * Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009. Several probes are those of
 * Svenstrup, Hansen and Winther, "Hash Embeddings for Efficient Word Representations", NeurIPS 2017, and so are, with
 * `importance`, their trained weights, hashed so that no id has numbers of its own.
 */
export const hashKind = defineKind<HashConfig>({
  name: 'hash',
  schema: hashSchema,
  children(config, { embeddingDim }) {
    refuseProbedModulo(config);
    refuseLoneImportance(config);
    return [
      { config: config.into, size: { numEmbeddings: config.buckets, embeddingDim } },
      ...importanceOf(config),
    ];
  },
  cost: (config, size, _optimizer, [inner, ...importance]) => ({
    ...sumOfCosts([inner!, ...importance]),
    multiplyAddsPerLookup: multiplyAddsPerLookup(config, size, inner!),
  }),
  create(config, context, [inner, importance]) {
    if (importance) return new WeightedHashTable(config, context, [inner!, importance]);
    return isPlain(config)
      ? new HashTable(config, context, inner!)
      : new ProbedHashTable(config, context, inner!);
  },
  /** Buckets do not depend on how many ids there are. */
  grow: (config) => config,
  resize: resizedHash,
  /** The rows of the buckets that the ids fall into: of several probes the sum over √k, with signs if asked. */
  rows(config, graph) {
    const { buckets, into: inner, seed = 0, probes = 1, signs = false } = config;
    const size = { numEmbeddings: buckets, embeddingDim: graph.embeddingDim };
    const terms = Array.from({ length: probes }, (_, probe) => {
      const words = config.function === 'modulo' ? graph.ids : graph.hash(graph.ids, hashWord(seed, probe));
      const rows = graph.child(inner, { size, ids: graph.modulo(words, buckets) });
      if (!signs) return rows;
      const sign = graph.hash(graph.ids, hashWord(seed, MAX_PROBES + probe));
      return graph.choose(sign, HIGHEST_BIT, { below: rows, others: graph.scaled(rows, -1) });
    });
    const [importance] = importanceOf(config);
    if (importance) {
      const ids = graph.modulo(graph.hash(graph.ids, importanceWord(seed)), importance.size.numEmbeddings);
      const weights = graph.reshaped(graph.child(importance.config, { ...importance, ids }), [1, probes]);
      const rows = graph.reshaped(graph.concatenated(terms), [probes, graph.embeddingDim]);
      return graph.reshaped(graph.matmul(weights, rows), [graph.embeddingDim]);
    }
    return probes === 1 ? terms[0]! : graph.scaled(graph.sum(terms), 1 / Math.sqrt(probes));
  },
});

/** A sign is that of the highest bit of a hash. */
const HIGHEST_BIT = 2 ** 31;

/** One bucket an id, without a sign: ids are sent on as they come. */
class HashTable extends WrappingTable {
  readonly #inner: EmbeddingTable;
  readonly #probe: Probe;
  #buckets = new Uint32Array(0);

  constructor(config: HashConfig, context: TableContext, inner: EmbeddingTable) {
    super(context, [inner], routingKey(config));
    this.#inner = inner;
    this.#probe = probesOf(config)[0]!;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#inner.lookup(this.#bucketsOf(ids), training);
  }

  storedRows(ids: Uint32Array): StoredRows | undefined {
    return this.#inner.storedRows?.(this.#bucketsOf(ids));
  }

  #bucketsOf(ids: Uint32Array): Uint32Array {
    if (this.#buckets.length < ids.length) this.#buckets = new Uint32Array(ids.length);
    const buckets = this.#buckets.subarray(0, ids.length);
    for (let i = 0; i < ids.length; i++) buckets[i] = this.#probe.bucket(ids[i]!);
    return buckets;
  }

  /** A bucket becomes the weighted mean of its rows, zeros without any, and counts for as much as they do together. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { leastSquaresRows } = await fittingOf(this.training);
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

  constructor(config: HashConfig, context: TableContext, inner: EmbeddingTable) {
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
    const { leastSquaresRows } = await fittingOf(this.training);
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

function refuseProbedModulo({ function: name = 'mix', probes = 1 }: HashConfig): void {
  if (name === 'mix' || probes === 1) return;
  throw error('bad-probes', {
    subject: 'table kind "hash", probes',
    rule: 'must be 1 with the function "modulo"',
    got: probes,
    hint: 'There is one "modulo" only; "mix" has as many functions as you like.',
  });
}

/** The table of weights, one for each probe in each of its rows, with a mean square that keeps the variance of rows. */
function importanceOf({ importance, probes = 1 }: HashConfig): TableChild[] {
  if (importance === undefined) return [];
  const size = { numEmbeddings: importance, embeddingDim: probes };
  return [{ name: 'importance', config: { kind: 'dense' }, size, rowVariance: () => 1 / probes }];
}

function refuseLoneImportance({ importance, probes = 1, signs = false }: HashConfig): void {
  if (importance === undefined || (probes > 1 && !signs)) return;
  throw error('bad-importance', {
    subject: 'table kind "hash", importance',
    rule: 'must come with 2 probes or more, and without signs, which the weights have already',
    got: `${probes} ${probes === 1 ? 'probe' : 'probes'}${signs ? ', signs' : ''}`,
  });
}
