import { wholeBlock, type Backend, type DeviceBuffer, type Range } from '@ttrec/backend';
import type { RandomStream } from '@ttrec/core';
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

/** Values drawn and uploaded at a time, so that a large table never stands twice in memory. */
const CHUNK = 1 << 16;

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
    initialise(context, parameter.weights);
    this.parameters = [parameter];
    this.#workspace = new Workspace(context.backend, context.name);
  }

  storedRows(positions: Uint32Array): StoredRows {
    return { rows: wholeBlock(this.parameters[0].weights), positions };
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const rows = wholeBlock(this.parameters[0].weights);
    if (!training) {
      const [lookupRow] = this.#workspace.positions('positions', [ids]) as [Range];
      return { rows, lookupRow, gradients: () => [] };
    }
    const groups = this.#grouper.group(ids);
    const ranges = this.#workspace.positions('positions', [
      ids,
      groups.values,
      groups.offsets,
      groups.positions,
    ]);
    const [lookupRow, distinct, rowOffsets, rowLookups] = ranges as [Range, Range, Range, Range];
    const gradients = (pool: PoolBackward): SparseGradient[] => {
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

/** Uniform on ±sqrt(1/N): mean 0, variance 1/(3N), as the reference DLRM starts its tables; or with the variance asked for. */
function initialise(context: TableContext, weights: DeviceBuffer): void {
  const { backend, numEmbeddings, stream, rowVariance, training } = context;
  if (!training) return;
  const bound = Math.sqrt(rowVariance === undefined ? 1 / numEmbeddings : 3 * rowVariance);
  const length = weights.rows * weights.cols;
  const chunk = new Float32Array(Math.min(CHUNK, length));
  const values: RandomStream = stream.child('weight');
  for (let start = 0; start < length; start += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, length - start));
    training.fillUniform(part, values, -bound, bound);
    backend.write(weights, part, start);
  }
}
