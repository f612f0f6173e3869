import { wholeBlock, type Backend, type Range } from '@ttrec/backend';
import { ValueGrouper } from '../lookup/grouping/group-by-value.ts';
import type { Workspace } from '../lookup/workspace.ts';
import type { Lookup, SparseGradient, TableParameter } from '../table/embedding-table.ts';

declare module '@ttrec/embeddings/kind' {
  interface TrainingParts {
    /** @internal */
    readonly denseGradients: (
      backend: Backend,
      parameter: TableParameter,
      workspace: Workspace,
    ) => DenseGradients;
  }
}

/** Sums gradients over the distinct rows of a batch. */
export class DenseGradients {
  readonly #backend: Backend;
  readonly #parameter: TableParameter;
  readonly #workspace: Workspace;
  readonly #grouper: ValueGrouper;

  constructor(backend: Backend, parameter: TableParameter, workspace: Workspace) {
    this.#backend = backend;
    this.#parameter = parameter;
    this.#workspace = workspace;
    this.#grouper = new ValueGrouper(backend);
  }

  /** Those of a lookup. */
  of(ids: Uint32Array, lookupRow: Range): Lookup['gradients'] {
    // A copy: until gradients are asked for, and those of shards never are, the caller may use its array for other ids.
    const trained = ids.slice();
    const [parameter, workspace] = [this.#parameter, this.#workspace];
    return (pool, { scratch, each } = { scratch: workspace }) => {
      const { distinct, values, offsets, positions } = this.#grouper.group(trained);
      // No row has a sum: the gradients are there.
      if (each && distinct === trained.length)
        return [{ parameter, gradients: each, rows: lookupRow, rowIds: trained }];
      const ranges = workspace.positions('distinct', [values, offsets, positions]);
      const [rows, rowOffsets, rowLookups] = ranges as [Range, Range, Range];
      const buffer = scratch.matrix('gradRows', distinct, parameter.weights.cols);
      const gradients = wholeBlock(buffer, distinct);
      pool({ rows: distinct, rowOffsets, rowLookups }, gradients);
      return [{ parameter, gradients, rows, rowIds: values }];
    };
  }

  /** Those of distinct rows. */
  ofRows(ids: Uint32Array, values: Float32Array): SparseGradient[] {
    if (ids.length === 0) return [];
    const [parameter, workspace] = [this.#parameter, this.#workspace];
    const buffer = workspace.matrix('gradRows', ids.length, parameter.weights.cols);
    this.#backend.write(buffer, values);
    const [rows] = workspace.positions('trained', [ids]) as [Range];
    return [{ parameter, gradients: wholeBlock(buffer, ids.length), rows, rowIds: ids }];
  }
}
