import { wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import type { GatherBackward } from './gather.ts';
import { ValueGrouper } from './group-by-value.ts';
import type { Lookup, TableSize } from './table-kind.ts';
import { Workspace } from './workspace.ts';

/**
 * Enqueues what computes the rows of `ids` [U], distinct and ascending, into `out` [U, D]; returns what turns dL/drows
 * into gradients of parameters.
 */
export type ComputeRows = (ids: Uint32Array, out: Block, training: boolean) => GatherBackward;

/** The lookups of a table that computes its rows from others: each distinct row of a batch is computed and trained once. */
export class DistinctRows {
  readonly #embeddingDim: number;
  readonly #compute: ComputeRows;
  readonly #workspace: Workspace;
  readonly #grouper = new ValueGrouper();

  constructor(
    backend: Backend,
    { name, embeddingDim }: Pick<TableSize, 'embeddingDim'> & { readonly name: string },
    compute: ComputeRows,
  ) {
    this.#embeddingDim = embeddingDim;
    this.#compute = compute;
    this.#workspace = new Workspace(backend, `${name}/distinct`);
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const { groupOf, values, offsets, positions, distinct } = this.#grouper.group(ids);
    const [lookupRow, rowOffsets, rowLookups] = this.#workspace.positions('positions', [
      groupOf,
      offsets,
      positions,
    ]) as [Range, Range, Range];
    const rows = this.#block('rows', distinct);
    const backward = this.#compute(values, rows, training);
    return {
      rows,
      lookupRow,
      gradients: (pool) => {
        if (!training) return [];
        const gradRows = this.#block('gradRows', distinct);
        pool({ rows: distinct, rowOffsets, rowLookups }, gradRows);
        return backward(gradRows);
      },
    };
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  #block(name: string, rows: number): Block {
    return wholeBlock(this.#workspace.matrix(name, rows, this.#embeddingDim), rows);
  }
}
