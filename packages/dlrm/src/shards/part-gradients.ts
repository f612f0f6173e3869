import type { Backend, Block } from '@ttrec/backend';
import { powerOfTwo } from '@ttrec/core';
import { describeTable } from '@ttrec/embeddings/configs';
import type { RowGradients } from '@ttrec/embeddings/kind';
import type { CollectionGradient, Pass, TrainingNetwork } from '../training/training-network.ts';
import type { Subtree } from './batch-part.ts';
import { sumOfShards } from './row-sums.ts';

/** The gradients of a batch on the host: numbers outside the tables, and rows of tables. In the order of the model's `gradientLayout`. */
export interface HostGradients {
  /** [N] Those of one parameter after another. */
  readonly dense: Float32Array;
  readonly tables: readonly RowGradients[];
}

/** Gradients of the shards from number `start` on that were added up. */
export interface SubtreeGradients extends HostGradients {
  readonly start: number;
}

/** Which gradients a model has. */
export interface GradientLayout {
  /** Parameters outside the tables. */
  readonly dense: readonly { readonly name: string; readonly length: number }[];
  readonly tables: readonly TableLayout[];
}

export interface TableLayout {
  readonly name: string;
  /** Numbers of a row. */
  readonly cols: number;
  /** The kind of the table, outermost first: `hash→tt`; `dense, sharded` where workers divide its rows. */
  readonly kind: string;
  /** Whether its rows come with how often they were looked up. */
  readonly counted: boolean;
  /** Whether workers divide its rows among them. */
  readonly sharded: boolean;
}

/** Moves the gradients of a model between its engine and the host. */
export class PartGradients {
  readonly layout: GradientLayout;
  readonly #backend: Backend;
  readonly #network: TrainingNetwork;
  /** Kept, by subtree: numbers outside the tables, and rows of each collection. */
  readonly #dense: Float32Array[] = [];
  readonly #values: Float32Array[][] = [];

  constructor(backend: Backend, network: TrainingNetwork) {
    this.#backend = backend;
    this.#network = network;
    const tables = network.collections.flatMap((collection, c) =>
      collection.costs.map(({ table }, t): TableLayout => {
        const kind = describeTable(table.config, table.kinds);
        const sharded = collection.sharding?.divides(table) ?? false;
        return {
          name: `${c === 0 ? 'table' : 'wide'}.${table.name}`,
          kind: sharded ? `${kind}, sharded` : kind,
          cols: collection.embeddingDim,
          counted: collection.countsLookups[t]!,
          sharded,
        };
      }),
    );
    const dense = network.dense.map(({ parameter: { name, gradient } }) => {
      return { name, length: gradient.rows * gradient.cols };
    });
    this.layout = { dense, tables };
  }

  /** The gradients of a forward and backward of a part of a batch. Valid until the next. */
  async read({ collections }: Pass, subtrees: readonly Subtree[]): Promise<SubtreeGradients[]> {
    const found: SubtreeGradients[] = [];
    for (const [s, { start, spans }] of subtrees.entries()) {
      const dense = this.#readDense(s);
      const tables: RowGradients[] = [];
      for (const [c, each] of collections.entries())
        tables.push(...(await this.#rows(each, spans, (length) => this.#valuesOf(s, c, length))));
      found.push({ start, dense: await dense, tables });
    }
    return found;
  }

  async #readDense(subtree: number): Promise<Float32Array> {
    const { dense, sums } = this.#network;
    const all = (this.#dense[subtree] ??= new Float32Array(this.#length));
    await Promise.all(
      this.#parts(all).map((part, i) => this.#readInto(part, sums.of(dense[i]!.parameter, subtree))),
    );
    return all;
  }

  /** @param block whole rows */
  async #readInto(out: Float32Array, block: Block): Promise<void> {
    const { buffer, row, cols } = block;
    if (this.#backend.readInto) this.#backend.readInto(out, buffer, row * cols);
    else out.set(await this.#backend.read(block));
  }

  get #length(): number {
    return this.layout.dense.reduce((sum, { length }) => sum + length, 0);
  }

  /** By parameter. */
  #parts(dense: Float32Array): Float32Array[] {
    let at = 0;
    return this.layout.dense.map(({ length }) => dense.subarray(at, (at += length)));
  }

  #valuesOf(subtree: number, collection: number, length: number): Float32Array {
    const kept = (this.#values[subtree] ??= []);
    if ((kept[collection]?.length ?? 0) < length) kept[collection] = new Float32Array(powerOfTwo(length));
    return kept[collection]!.subarray(0, length);
  }

  async #rows(
    { collection, gradOut, firstColumn }: CollectionGradient,
    shards: Subtree['spans'],
    room: (length: number) => Float32Array,
  ): Promise<RowGradients[]> {
    const { tables, gradients } = collection.shardGradients(gradOut, { shards, firstColumn });
    const { rows, cols } = gradients;
    const values = room(rows * cols);
    await this.#readInto(values, gradients);
    let row = 0;
    return tables.map((table) => {
      const own = values.subarray(row * cols, (row += table.ids.length) * cols);
      return sumOfShards(table, own, cols);
    });
  }

  /** Enqueues the upload of gradients of a whole batch outside the tables. @returns those of tables, one entry a collection */
  write({ dense, tables }: HostGradients): (readonly RowGradients[])[] {
    const parts = this.#parts(dense);
    this.#network.dense.forEach(({ parameter }, i) => this.#backend.write(parameter.gradient, parts[i]!));
    let next = 0;
    return this.#network.collections.map(({ costs }) => tables.slice(next, (next += costs.length)));
  }
}
