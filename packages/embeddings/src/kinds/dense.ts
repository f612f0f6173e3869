import { wholeBlock, type Backend, type Range } from '@ttrec/backend';
import { Workspace } from '../lookup/workspace.ts';
import { stateLength } from '../optimizers/optimizer.ts';
import type { RowSource } from '../rows/row-source.ts';
import type {
  EmbeddingTable,
  Lookup,
  SparseGradient,
  StoredRows,
  TableContext,
  TableParameter,
} from '../table/embedding-table.ts';
import type { DenseGradients } from './dense-gradients.ts';
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
  readonly #gradients: DenseGradients | undefined;

  constructor(context: TableContext) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#training = context.training;
    this.#backend = context.backend;
    const parameter = trainingParameter(context, 'weight', [this.numEmbeddings, this.embeddingDim], true);
    context.training?.initialiseRows(context, parameter.weights);
    this.parameters = [parameter];
    this.#workspace = new Workspace(context.backend, context.name);
    this.#gradients = context.training?.denseGradients(context.backend, parameter, this.#workspace);
  }

  storedRows(positions: Uint32Array): StoredRows {
    return { rows: wholeBlock(this.parameters[0].weights), positions };
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const rows = wholeBlock(this.parameters[0].weights);
    const [lookupRow] = this.#workspace.positions('positions', [ids]) as [Range];
    const gradients = training ? this.#gradients!.of(ids, lookupRow) : () => [];
    return { rows, lookupRow, gradients };
  }

  gradientsOfRows(ids: Uint32Array, values: Float32Array): SparseGradient[] {
    return this.#gradients!.ofRows(ids, values);
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
