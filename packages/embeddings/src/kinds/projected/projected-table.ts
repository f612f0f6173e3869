import { columnBlock, wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import { DistinctRows } from '../../lookup/distinct-rows.ts';
import { Gather, type GatherBackward } from '../../lookup/gather.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  TableContext,
  TableParameter,
} from '../../table/embedding-table.ts';
import { disposeParameter, trainingParameter } from '../../table/training-parameter.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { WrappingTable } from '../../table/wrapping-table.ts';

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

  constructor(dim: number, context: TableContext, inner: EmbeddingTable) {
    super(context, [inner]);
    this.#inner = inner;
    this.#dim = dim;
    this.#backend = context.backend;
    this.#projection = trainingParameter(context, 'projection', [dim, this.embeddingDim]);
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
    const { fitProjection } = await fittingOf(this.training);
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

  #initialise({ backend, stream, training }: TableContext): void {
    if (!training) return;
    const values = new Float32Array(this.#dim * this.embeddingDim);
    const bound = Math.sqrt(3 / this.#dim);
    training.fillUniform(values, stream.child('projection'), -bound, bound);
    backend.write(this.#projection.weights, values);
  }
}
