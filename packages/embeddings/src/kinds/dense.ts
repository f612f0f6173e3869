import { wholeBlock, type Backend, type Range } from '@ttrec/backend';
import { ValueGrouper } from '../lookup/grouping/group-by-value.ts';
import { Workspace } from '../lookup/workspace.ts';
import { stateLength } from '../optimizers/optimizer.ts';
import type { RowSource } from '../rows/row-source.ts';
import type {
  EmbeddingTable,
  Lookup,
  PoolBackward,
  SparseGradient,
  StoredRows,
  TableContext,
  TableParameter,
} from '../table/embedding-table.ts';
import { fittingOf } from '../table/training-parts.ts';
import { defineKind } from '../table/kind/table-kind.ts';
import { disposeParameter, trainingParameter } from '../table/training-parameter.ts';

/** One number a row and column: [N, D]. */
export interface DenseConfig {
  readonly kind: 'dense';
}

declare module '@ttrec/embeddings/kind' {
  interface TableConfigs {
    dense: DenseConfig;
  }
}

/** The plain table: every row stored, gradients summed over the distinct rows of a batch. */
export const denseKind = defineKind<DenseConfig>({
  name: 'dense',
  schema: { properties: {} },
  cost(_config, { numEmbeddings, embeddingDim }, optimizer) {
    const parameters = numEmbeddings * embeddingDim;
    return {
      parameters,
      bytes: 4 * parameters,
      tensors: 1,
      trainingBytes: 4 * (parameters + stateLength(optimizer, numEmbeddings, embeddingDim)),
      multiplyAddsPerLookup: 0,
    };
  },
  create: (_config, context) => new DenseTable(context),
  grow: (config) => config,
  rows: (_config, graph) => graph.gather('weight', graph.ids, [graph.embeddingDim]),
});

class DenseTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #training: TableContext['training'];
  readonly parameters: readonly [TableParameter];
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #grouper = new ValueGrouper();

  constructor(context: TableContext) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#training = context.training;
    this.#backend = context.backend;
    const parameter = trainingParameter(context, 'weight', [this.numEmbeddings, this.embeddingDim], true);
    context.training?.initialiseRows(context, parameter.weights);
    this.parameters = [parameter];
    this.#workspace = new Workspace(context.backend, context.name);
  }

  storedRows(positions: Uint32Array): StoredRows {
    return { rows: wholeBlock(this.parameters[0].weights), positions };
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const rows = wholeBlock(this.parameters[0].weights);
    const [lookupRow] = this.#workspace.positions('positions', [ids]) as [Range];
    if (!training) return { rows, lookupRow, gradients: () => [] };
    // A copy: until gradients are asked for, and those of shards never are, the caller may use its array for other ids.
    const trained = ids.slice();
    const gradients = (pool: PoolBackward): SparseGradient[] => {
      const groups = this.#grouper.group(trained);
      const ranges = this.#workspace.positions('distinct', [groups.values, groups.offsets, groups.positions]);
      const [distinct, rowOffsets, rowLookups] = ranges as [Range, Range, Range];
      const buffer = this.#workspace.matrix('gradRows', groups.distinct, this.embeddingDim);
      const gradRows = wholeBlock(buffer, groups.distinct);
      pool({ rows: groups.distinct, rowOffsets, rowLookups }, gradRows);
      return [{ parameter: this.parameters[0], gradients: gradRows, rows: distinct, rowIds: groups.values }];
    };
    return { rows, lookupRow, gradients };
  }

  gradientsOfRows(ids: Uint32Array, values: Float32Array): SparseGradient[] {
    if (ids.length === 0) return [];
    const buffer = this.#workspace.matrix('gradRows', ids.length, this.embeddingDim);
    this.#backend.write(buffer, values);
    const [rows] = this.#workspace.positions('trained', [ids]) as [Range];
    const gradients = wholeBlock(buffer, ids.length);
    return [{ parameter: this.parameters[0], gradients, rows, rowIds: ids }];
  }

  async fit(source: RowSource): Promise<void> {
    const { rowBlocks } = await fittingOf(this.#training);
    for await (const { start, values } of rowBlocks(source))
      this.#backend.write(this.parameters[0].weights, values, start * this.embeddingDim);
  }

  dispose(): void {
    this.#workspace.dispose();
    disposeParameter(this.parameters[0]);
  }
}
