import { columnBlock, wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import { fillUniform } from '@ttrec/core';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { error } from '../../error.ts';
import { fitProjection } from './fit-projection.ts';
import { Gather, type GatherBackward } from '../../lookup/gather.ts';
import type { TableConfig } from '../../kinds.ts';
import { stateLength, type OptimizerConfig } from '../../optimizer.ts';
import { partContext, rowVariance } from '../../table/part-context.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  NestedTables,
  TableContext,
  TableCost,
  TableParameter,
  TableSize,
} from '../../table/table-kind.ts';
import { disposeParameter, trainingParameter } from '../../table/training-parameter.ts';
import { Workspace } from '../../lookup/workspace.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';

/** A table of `dim` columns, projected to D by a matrix [dim, D] that all rows share. */
export interface Projected {
  /** The kind that is asked for, for errors. */
  readonly kind: string;
  /** The field of its config that says `dim`. */
  readonly field: string;
  readonly dim: number;
  readonly into: TableConfig;
}

/** @throws `embeddings/bad-dim`, `embeddings/unsupported-optimizer`, and what the table inside refuses */
export function projectedCost(
  projected: Projected,
  size: TableSize,
  optimizer: OptimizerConfig,
  nested: NestedTables,
): TableCost {
  refuseRowwise(projected, optimizer);
  const inner = nested.cost(projected.into, innerSize(projected, size), optimizer);
  const { dim } = projected;
  const parameters = dim * size.embeddingDim;
  const state = stateLength(optimizer.rule, dim, size.embeddingDim);
  return {
    ...inner,
    parameters: inner.parameters + parameters,
    bytes: inner.bytes + 4 * parameters,
    trainingBytes: inner.trainingBytes + 4 * (parameters + state),
    multiplyAddsPerLookup: inner.multiplyAddsPerLookup + parameters,
  };
}

/**
 * Rows X P: X the rows of a table inside [N, dim], P the projection [dim, D]. Both are trained. P starts with variance
 * 1/dim, which keeps the variance of X.
 */
export class ProjectedTable extends WrappingTable {
  readonly #dim: number;
  readonly #backend: Backend;
  readonly #inner: EmbeddingTable;
  readonly #projection: TableParameter;
  readonly #gather: Gather;
  readonly #rows: DistinctRows;
  readonly #workspace: Workspace;

  constructor(projected: Projected, context: TableContext, nested: NestedTables) {
    const own = { size: innerSize(projected, context), rowVariance: rowVariance(context) };
    const inner = nested.create(projected.into, partContext(context, 'into', own));
    super(context, [inner]);
    this.#inner = inner;
    this.#dim = projected.dim;
    this.#backend = context.backend;
    try {
      this.#projection = trainingParameter(context, 'projection', [this.#dim, this.embeddingDim]);
    } catch (thrown) {
      inner.dispose();
      throw thrown;
    }
    this.#initialise(context);
    this.#gather = new Gather(context.backend, inner, context.name);
    this.#rows = new DistinctRows(context.backend, context, (...args) => this.#compute(...args));
    this.#workspace = new Workspace(context.backend, `${context.name}/projection`);
  }

  override get parameters(): readonly TableParameter[] {
    return [...super.parameters, this.#projection];
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    return this.#rows.lookup(ids, training);
  }

  /** The projection takes the leading right singular vectors of the rows, and the table inside the rows along them. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { projection, projected } = await fitProjection(source, this.#dim);
    this.#backend.write(this.#projection.weights, projection);
    await this.#inner.fit(projected, options);
  }

  override dispose(): void {
    this.#workspace.dispose();
    this.#rows.dispose();
    this.#gather.dispose();
    disposeParameter(this.#projection);
    super.dispose();
  }

  #compute(ids: Uint32Array, out: Block, training: boolean): GatherBackward {
    const narrow = this.#block('narrow', ids.length);
    const innerBackward = this.#gather.rows({ ids }, narrow, training);
    const projection = wholeBlock(this.#projection.weights);
    this.#backend.matmul({ a: narrow, b: projection, out });
    return (gradRows) => {
      const gradNarrow = this.#block('gradNarrow', ids.length);
      this.#backend.matmul({ a: gradRows, b: projection, out: gradNarrow, transposeB: true });
      const gradProjection = this.#workspace.matrix('gradProjection', this.#dim, this.embeddingDim);
      const gradients = columnBlock(gradProjection, 0, this.embeddingDim, this.#dim);
      this.#backend.matmul({ a: narrow, b: gradRows, out: gradients, transposeA: true });
      const rowIds = Uint32Array.from({ length: this.#dim }, (_, i) => i);
      const [rows] = this.#workspace.positions('rows', [rowIds]) as [Range];
      return [...innerBackward(gradNarrow), { parameter: this.#projection, gradients, rows, rowIds }];
    };
  }

  #block(name: string, rows: number): Block {
    return wholeBlock(this.#workspace.matrix(name, rows, this.#dim), rows);
  }

  #initialise({ backend, stream }: TableContext): void {
    const values = new Float32Array(this.#dim * this.embeddingDim);
    const bound = Math.sqrt(3 / this.#dim);
    fillUniform(values, stream.child('projection'), -bound, bound);
    backend.write(this.#projection.weights, values);
  }
}

function innerSize({ kind, field, dim }: Projected, { numEmbeddings, embeddingDim }: TableSize): TableSize {
  if (Number.isInteger(dim) && dim >= 1 && dim <= embeddingDim) return { numEmbeddings, embeddingDim: dim };
  throw error('bad-dim', {
    subject: `table kind "${kind}", ${field}`,
    rule: `must be an integer from 1 to the embedding dimension ${embeddingDim}`,
    got: dim,
  });
}

/** Every row of the table is a mixture of all rows of the projection, so one step size for one of them has no meaning of its own. */
function refuseRowwise({ kind }: Projected, { rule }: OptimizerConfig): void {
  if (rule !== 'rowwise-adagrad') return;
  throw error('unsupported-optimizer', {
    subject: `table kind "${kind}"`,
    rule: 'trains with sgd or adagrad, for its projection has no rows of the table',
    got: rule,
    hint: 'Choose "adagrad".',
  });
}
