import { wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import type { Lookup } from '../table/embedding-table.ts';
import type { TableSize } from '../table/table-size.ts';
import type { GatherBackward } from './gather.ts';
import { ValueGrouper, type Groups } from './grouping/group-by-value.ts';
import { Workspace } from './workspace.ts';

/**
 * Enqueues what computes the rows of `ids` [U], distinct, ascending or in the order of `OrderRows`, into `out` [U, D]; returns what turns dL/drows
 * into gradients of parameters.
 */
export type ComputeRows = (ids: Uint32Array, out: Block, training: boolean) => GatherBackward;

/** Another order of the distinct ids of a batch than by their values: positions among `groups.values` [U]. */
export type OrderRows = (groups: Groups, training: boolean) => Uint32Array;

/** The lookups of a table that computes its rows from others: each distinct row of a batch is computed and trained once. */
export class DistinctRows {
  readonly #embeddingDim: number;
  readonly #compute: ComputeRows;
  readonly #order: OrderRows | undefined;
  readonly #workspace: Workspace;
  readonly #grouper: ValueGrouper;

  constructor(
    backend: Backend,
    { name, embeddingDim }: Pick<TableSize, 'embeddingDim'> & { readonly name: string },
    compute: ComputeRows,
    order?: OrderRows,
  ) {
    this.#embeddingDim = embeddingDim;
    this.#compute = compute;
    this.#order = order;
    this.#workspace = new Workspace(backend, `${name}/distinct`);
    this.#grouper = new ValueGrouper(backend);
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const grouped = this.#grouper.group(ids);
    const groups = this.#order ? inOrder(grouped, this.#order(grouped, training)) : grouped;
    const { groupOf, values, offsets, positions, distinct } = groups;
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

/** The same groups in another order. O(L + U). */
function inOrder({ distinct, values, offsets, positions, groupOf }: Groups, order: Uint32Array): Groups {
  const place = new Uint32Array(distinct);
  const newOffsets = new Uint32Array(distinct + 1);
  const newPositions = new Uint32Array(positions.length);
  order.forEach((group, at) => {
    place[group] = at;
    const own = positions.subarray(offsets[group], offsets[group + 1]);
    newPositions.set(own, newOffsets[at]);
    newOffsets[at + 1] = newOffsets[at]! + own.length;
  });
  return {
    distinct,
    values: order.map((group) => values[group]!),
    offsets: newOffsets,
    positions: newPositions,
    groupOf: groupOf.map((group) => place[group]!),
  };
}
