import { mix32 } from '@ttrec/core';
import { wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather, type GatherBackward } from '../../lookup/gather.ts';
import { interleaved, multiples, repeats } from '../../lookup/regular-positions.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { EmbeddingTable, FitOptions, Lookup, TableContext } from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';
import type { HashConfig } from './hash-config.ts';
import { importanceWord } from './hash-function.ts';
import { mixtureOf, probesOf, type Probe } from './probes.ts';

/** Several buckets an id, the row of each times a trained weight that the id finds by another hash. */
export class WeightedHashTable extends WrappingTable {
  readonly #backend: Backend;
  readonly #inner: EmbeddingTable;
  readonly #importance: EmbeddingTable;
  readonly #probes: readonly Probe[];
  readonly #word: number;
  readonly #rowsOfBuckets: Gather;
  readonly #weightsOfIds: Gather;
  readonly #rows: DistinctRows;
  readonly #workspace: Workspace;

  constructor(
    config: HashConfig,
    context: TableContext,
    [inner, importance]: readonly [EmbeddingTable, EmbeddingTable],
  ) {
    super(context, [inner, importance]);
    const { backend, name } = context;
    this.#backend = backend;
    this.#inner = inner;
    this.#importance = importance;
    this.#probes = probesOf(config);
    this.#word = importanceWord(config.seed ?? 0);
    this.#rowsOfBuckets = new Gather(backend, inner, name);
    this.#weightsOfIds = new Gather(backend, importance, `${name}/importance`);
    this.#rows = new DistinctRows(backend, context, (...args) => this.#compute(...args));
    this.#workspace = new Workspace(backend, `${name}/weighted`);
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** The buckets whose weighted sums come nearest in least squares, by the weights that there are. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { leastSquaresRows, TableSource } = await fittingOf(this.training);
    const reader = new TableSource(this.#backend, this.#importance);
    const weights = await reader.read(0, this.#importance.numEmbeddings);
    reader.dispose();
    const { write, ...mixture } = mixtureOf(this.#probes, this.#inner.numEmbeddings);
    const weighted = await leastSquaresRows(source, {
      ...mixture,
      write: (id, places, factors) => {
        write(id, places, factors);
        const from = this.#rowOfWeights(id) * this.#probes.length;
        factors.set(weights.subarray(from, from + this.#probes.length));
      },
    });
    await this.#inner.fit(weighted, options);
  }

  override dispose(): void {
    this.#workspace.dispose();
    this.#rows.dispose();
    this.#weightsOfIds.dispose();
    this.#rowsOfBuckets.dispose();
    super.dispose();
  }

  #rowOfWeights(id: number): number {
    return mix32(id ^ this.#word) % this.#importance.numEmbeddings;
  }

  /** The rows of all first probes lie before those of all second ones. */
  #compute(ids: Uint32Array, out: Block, training: boolean): GatherBackward {
    const [count, probes] = [ids.length, this.#probes.length];
    const buckets = new Uint32Array(count * probes);
    this.#probes.forEach(({ bucket }, p) => ids.forEach((id, i) => (buckets[p * count + i] = bucket(id))));
    const terms = this.#block('terms', count * probes, out.cols);
    const weights = this.#block('weights', count, probes);
    const rowsBackward = this.#rowsOfBuckets.rows({ ids: buckets }, terms, training);
    const places = ids.map((id) => this.#rowOfWeights(id));
    const weightsBackward = this.#weightsOfIds.rows({ ids: places }, weights, training);
    const [offsets, lookupRow, rowOffsets, rowLookups, lookupBag] = this.#workspace.positions('positions', [
      multiples(count + 1, probes),
      interleaved(count, probes),
      multiples(count * probes + 1, 1),
      interleaved(probes, count),
      repeats(count, probes),
    ]) as [Range, Range, Range, Range, Range];
    const shared = {
      index: { bags: count, offsets, lookupRow },
      pooling: 'sum',
      columns: [0],
      weights: { buffer: weights.buffer, start: 0, length: count * probes },
    } as const;
    this.#backend.bagForward({ ...shared, rows: terms, out });
    return (gradRows) => {
      const gradTerms = this.#block('gradTerms', count * probes, out.cols);
      const byRow = { rows: count * probes, rowOffsets, rowLookups, lookupBag };
      this.#backend.bagBackward({ ...shared, gradOut: gradRows, byRow, gradRows: gradTerms });
      const gradients = rowsBackward(gradTerms);
      return [...gradients, ...weightsBackward(this.#gradWeights(terms, gradRows, probes))];
    };
  }

  /** The products of the gradient of each row with the rows of its buckets, [U, k]. */
  #gradWeights(terms: Block, gradRows: Block, probes: number): Block {
    const { rows, cols } = gradRows;
    const ones = this.#block('ones', cols, 1);
    this.#backend.fill({ out: ones, value: 1 });
    const gradWeights = this.#block('gradWeights', rows, probes);
    const product = this.#block('product', rows, cols);
    for (let p = 0; p < probes; p++) {
      this.#backend.multiply({ a: gradRows, b: { ...terms, row: p * rows, rows }, out: product });
      this.#backend.matmul({ a: product, b: ones, out: { ...gradWeights, column: p, cols: 1 } });
    }
    return gradWeights;
  }

  #block(name: string, rows: number, cols: number): Block {
    return wholeBlock(this.#workspace.matrix(name, rows, cols), rows);
  }
}
