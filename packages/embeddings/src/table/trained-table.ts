import { wholeBlock, type Block, type Range } from '@ttrec/backend';
import type { BagIndexByRow } from '@ttrec/backend/kernels';
import { error } from '../error.ts';
import type { Bags } from '../lookup/bags.ts';
import { ShardGrouper, type RowSpan } from '../lookup/grouping/shard-groups.ts';
import { multiples } from '../lookup/regular-positions.ts';
import { keepsLastStep } from '../optimizers/optimizer.ts';
import type { StateOwner } from '../state/load-state.ts';
import { stateInPieces } from '../state/pieces.ts';
import type { SparseGradient, UseAtOnce } from './embedding-table.ts';
import { PooledTable, type FeatureColumns, type Pending, type PooledTableOptions } from './pooled-table.ts';
import type { RowGradients, ShardRows } from './row-gradients.ts';

/** A pooled table whose rows are trained. */
export class TrainedTable extends PooledTable {
  readonly #shards: ShardGrouper;
  /** Whether a step overwrites the gradients it is given. */
  readonly #overwrites: boolean;

  constructor(options: PooledTableOptions) {
    super(options);
    this.#shards = new ShardGrouper(options.backend);
    this.#overwrites = keepsLastStep(options.optimizer);
  }

  override get state(): StateOwner {
    return stateInPieces(this.backend, this.table.parameters, super.state);
  }

  /**
   * Gradients of the table's parameters from dL/dout, for the last forward in training.
   *
   * @param use if they are used before those of another table are computed; their rows may then be in any order
   * @throws `embeddings/backward-without-forward`
   */
  gradients(gradOut: FeatureColumns, use?: Omit<UseAtOnce, 'each'>): SparseGradient[] {
    const pending = this.requireForward();
    const gradients = pending.lookup.gradients(
      (byRow, gradRows) => this.#backward(pending, gradOut, byRow, gradRows),
      use && { ...use, each: this.#each(pending, gradOut) },
    );
    this.pending = undefined;
    return gradients;
  }

  /**
   * Which rows the shards of the last batch in training look up, and what enqueues dL/drow of each into a block [R, D].
   *
   * @throws `embeddings/backward-without-forward`
   */
  shardRows(
    shards: readonly RowSpan[],
  ): ShardRows & { readonly backward: (gradOut: FeatureColumns, out: Block) => void } {
    const pending = this.requireForward();
    const {
      ids,
      shards: shardOf,
      offsets,
      lookups,
    } = this.#shards.group(pending.bags, this.batchSize, shards);
    return {
      ids,
      shards: shardOf,
      ...(this.countsLookups && { counts: ids.map((_, r) => offsets[r + 1]! - offsets[r]!) }),
      backward: (gradOut, out) => {
        if (ids.length === 0) return;
        const ranges = this.workspace.positions('shards', [offsets, lookups]) as [Range, Range];
        const byRow = { rows: ids.length, rowOffsets: ranges[0], rowLookups: ranges[1] };
        this.#backward(pending, gradOut, byRow, out);
      },
    };
  }

  /** Whether its work between steps depends on how often ids are looked up. */
  get countsLookups(): boolean {
    return this.table.maintenance?.some(({ countsLookups }) => countsLookups) ?? false;
  }

  /**
   * Gradients of the table's parameters from those of its rows: as of a batch with a bag for each row. Valid until the next forward.
   */
  gradientsOfRows({ ids, counts, values }: RowGradients): SparseGradient[] {
    this.requireTrainable();
    this.forget();
    const direct = this.table.gradientsOfRows?.(ids, values);
    if (direct) return direct;
    const [rows, cols] = [ids.length + 1, this.table.embeddingDim];
    const bags = withRepeats(ids, counts);
    const block = (name: string): Block => wholeBlock(this.workspace.matrix(name, rows, cols), rows);
    this.forward([bags], { block: block('rows'), columns: [0] }, true);
    const gradOut = block('gradRows');
    this.backend.write(gradOut.buffer, values);
    this.backend.fill({ out: { ...gradOut, row: ids.length, rows: 1 }, value: 0 });
    return this.gradients({ block: gradOut, columns: [0] });
  }

  /** dL/drow of each lookup as it lies: where each bag sums one row. */
  #each({ bags, weights }: Pending, { block, columns }: FeatureColumns): Block | undefined {
    const [column] = columns;
    if (column === undefined || columns.length > 1 || weights) return undefined;
    if (this.pooling !== 'sum' || this.#overwrites) return undefined;
    const { indices, offsets } = bags;
    if (indices.length !== block.rows || !areSingle(offsets)) return undefined;
    return { ...block, column: block.column + column, cols: this.table.embeddingDim };
  }

  #backward(
    { index, lookupBag, weights }: Pending,
    { block, columns }: FeatureColumns,
    byRow: Omit<BagIndexByRow, 'lookupBag'>,
    gradRows: Block,
  ): void {
    this.backend.bagBackward({
      gradOut: block,
      columns,
      index,
      byRow: { ...byRow, lookupBag },
      pooling: this.pooling,
      ...(weights && { weights }),
      gradRows,
    });
  }

  /** @throws `embeddings/inference-only`, `embeddings/backward-without-forward` */
  requireForward(): Pending {
    this.requireTrainable();
    if (this.pending) return this.pending;
    throw error('backward-without-forward', {
      subject: `backward of table "${this.name}"`,
      rule: 'must follow a forward in training mode, once',
    });
  }
}

/** Whether each bag has one lookup. */
function areSingle(offsets: Uint32Array): boolean {
  for (let b = 0; b < offsets.length; b++) if (offsets[b] !== b) return false;
  return true;
}

/** A bag for each id, and one more, without a gradient, that holds the further lookups of ids that came more than once. */
function withRepeats(ids: Uint32Array, counts: Uint32Array | undefined): Bags {
  const repeats = counts ? [...ids].flatMap((id, u) => new Array<number>(counts[u]! - 1).fill(id)) : [];
  const indices = new Uint32Array(ids.length + repeats.length);
  indices.set(ids);
  indices.set(repeats, ids.length);
  const offsets = multiples(ids.length + 2, 1);
  offsets[ids.length + 1] = indices.length;
  return { indices, offsets };
}
