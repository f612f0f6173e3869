import { wholeBlock, type Backend, type Block, type Pooling, type Range } from '@ttrec/backend';
import type { BagIndex, BagIndexByRow } from '@ttrec/backend/kernels';
import { error } from '../error.ts';
import type { Bags } from '../lookup/bags.ts';
import { multiples } from '../lookup/regular-positions.ts';
import { ShardGrouper, type RowSpan } from '../lookup/grouping/shard-groups.ts';
import type { StoredLookup } from '../lookup/stored-lookups.ts';
import { Workspace } from '../lookup/workspace.ts';
import { countsSteps, type OptimizerConfig } from '../optimizer.ts';
import type { StateOwner } from '../state/load-state.ts';
import { tableState } from '../state/state-owner.ts';
import { StepCount } from '../state/step-count.ts';
import type { EmbeddingTable, Lookup, SparseGradient } from './embedding-table.ts';
import type { RowGradients, ShardRows } from './row-gradients.ts';

/** Where the features of one table stand in a matrix [B, …]: feature f takes the D columns from `columns[f]`. */
export interface FeatureColumns {
  readonly block: Block;
  readonly columns: readonly number[];
}

/** What a forward in training leaves for its backward. */
interface Pending {
  readonly lookup: Lookup;
  readonly index: BagIndex;
  readonly lookupBag: Range;
  readonly weights?: Range;
  readonly bags: Bags;
}

/** A table and the pooling of the features that read it: joins their bags, so that each row is computed and trained once. */
export class PooledTable {
  readonly table: EmbeddingTable;
  readonly steps: StepCount;
  readonly #backend: Backend;
  readonly #pooling: Pooling;
  readonly #workspace: Workspace;
  readonly #name: string;
  readonly #shards = new ShardGrouper();
  #bagOf = new Uint32Array(0);
  #pending: Pending | undefined;
  #batchSize = 0;

  constructor(args: {
    backend: Backend;
    name: string;
    table: EmbeddingTable;
    pooling: Pooling;
    optimizer: OptimizerConfig;
  }) {
    this.steps = new StepCount(countsSteps(args.optimizer));
    this.table = args.table;
    this.#backend = args.backend;
    this.#name = args.name;
    this.#pooling = args.pooling;
    this.#workspace = new Workspace(args.backend, `${args.name}/bags`);
  }

  /** B of the last forward. */
  get rows(): number {
    return this.#batchSize;
  }

  /** A forward for inference as a lookup of stored rows, to be run with those of other tables; undefined where rows are computed. */
  stored(bags: readonly Bags[], { block, columns }: FeatureColumns): StoredLookup | undefined {
    if (this.table.storedRows === undefined) return undefined;
    const joined = joinBags(bags);
    const stored = this.table.storedRows(joined.indices);
    if (stored === undefined) return undefined;
    this.forget();
    this.#batchSize = block.rows;
    return { ...stored, bags: joined, pooling: this.#pooling, out: block, columns };
  }

  /** @param bags one entry a feature, checked, each of B bags */
  forward(bags: readonly Bags[], out: FeatureColumns, training: boolean): void {
    // What a forward before this one left lies in buffers that are now overwritten.
    this.forget();
    this.#batchSize = out.block.rows;
    const joined = joinBags(bags);
    const bagOf = training ? [this.#bagOfLookup(joined)] : [];
    const ranges = this.#workspace.positions('positions', [joined.offsets, ...bagOf]);
    const [offsets, lookupBag] = ranges as [Range, Range?];
    const lookup = this.table.lookup(joined.indices, training);
    const index: BagIndex = { bags: joined.offsets.length - 1, offsets, lookupRow: lookup.lookupRow };
    const weights = joined.perSampleWeights && {
      weights: this.#workspace.values('weights', joined.perSampleWeights),
    };
    const shared = { index, pooling: this.#pooling, columns: out.columns, ...weights };
    this.#backend.bagForward({ ...shared, rows: lookup.rows, out: out.block });
    this.#pending = lookupBag && { lookup, index, lookupBag, bags: joined, ...weights };
  }

  /**
   * Gradients of the table's parameters from dL/dout, for the last forward in training.
   *
   * @throws `embeddings/backward-without-forward`
   */
  gradients(gradOut: FeatureColumns): SparseGradient[] {
    const pending = this.requireForward();
    const gradients = pending.lookup.gradients((byRow, gradRows) =>
      this.#backward(pending, gradOut, byRow, gradRows),
    );
    this.#pending = undefined;
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
    } = this.#shards.group(pending.bags, this.#batchSize, shards);
    return {
      ids,
      shards: shardOf,
      ...(this.countsLookups && { counts: ids.map((_, r) => offsets[r + 1]! - offsets[r]!) }),
      backward: (gradOut, out) => {
        if (ids.length === 0) return;
        const ranges = this.#workspace.positions('shards', [offsets, lookups]) as [Range, Range];
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
    const block = (name: string): Block => wholeBlock(this.#workspace.matrix(name, rows, cols), rows);
    this.forward([bags], { block: block('rows'), columns: [0] }, true);
    const gradOut = block('gradRows');
    this.#backend.write(gradOut.buffer, values);
    this.#backend.fill({ out: { ...gradOut, row: ids.length, rows: 1 }, value: 0 });
    return this.gradients({ block: gradOut, columns: [0] });
  }

  #backward(
    { index, lookupBag, weights }: Pending,
    { block, columns }: FeatureColumns,
    byRow: Omit<BagIndexByRow, 'lookupBag'>,
    gradRows: Block,
  ): void {
    this.#backend.bagBackward({
      gradOut: block,
      columns,
      index,
      byRow: { ...byRow, lookupBag },
      pooling: this.#pooling,
      ...(weights && { weights }),
      gradRows,
    });
  }

  /** Drops what the last forward left for its backward. */
  forget(): void {
    this.#pending = undefined;
  }

  /** Before a forward in training. @throws `embeddings/inference-only` */
  requireTrainable(): void {
    if (!this.table.inferenceOnly) return;
    throw error('inference-only', {
      subject: `table "${this.#name}"`,
      rule: 'must be of a kind that trains',
      got: 'one of integers',
      hint: 'Train it as "dense" or "tt", and convert what was learnt; forward takes { training: false }.',
    });
  }

  /** @throws `embeddings/inference-only`, `embeddings/backward-without-forward` */
  requireForward(): Pending {
    this.requireTrainable();
    if (this.#pending) return this.#pending;
    throw error('backward-without-forward', {
      subject: `backward of table "${this.#name}"`,
      rule: 'must follow a forward in training mode, once',
    });
  }

  /** [L]: the bag of each lookup; valid until the next call. */
  #bagOfLookup({ indices, offsets }: Bags): Uint32Array {
    if (this.#bagOf.length < indices.length) this.#bagOf = new Uint32Array(indices.length);
    const bagOf = this.#bagOf.subarray(0, indices.length);
    for (let b = 0, l = 0; l < bagOf.length; b++) {
      for (const end = offsets[b + 1]!; l < end; l++) bagOf[l] = b;
    }
    return bagOf;
  }

  /** Loading it drops what the last forward left for its backward. */
  get state(): StateOwner {
    const state = tableState(this.#backend, this.table);
    return {
      ...state,
      entries: [...state.entries, ...this.steps.entries],
      stateLoaded: () => {
        this.forget();
        state.stateLoaded();
      },
    };
  }

  dispose(): void {
    this.#workspace.dispose();
    this.table.dispose();
  }
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

function joinBags(bags: readonly Bags[]): Bags {
  const [first] = bags;
  if (bags.length === 1 && first) return first;
  const total = bags.reduce((sum, { indices }) => sum + indices.length, 0);
  const indices = new Uint32Array(total);
  const offsets = new Uint32Array(bags.reduce((sum, bag) => sum + bag.offsets.length - 1, 1));
  const weighted = bags.some(({ perSampleWeights }) => perSampleWeights);
  const perSampleWeights = new Float32Array(weighted ? total : 0).fill(1);
  let start = 0;
  let bagStart = 0;
  for (const bag of bags) {
    indices.set(bag.indices, start);
    if (bag.perSampleWeights) perSampleWeights.set(bag.perSampleWeights, start);
    for (let b = 1; b < bag.offsets.length; b++) offsets[bagStart + b] = start + bag.offsets[b]!;
    start += bag.indices.length;
    bagStart += bag.offsets.length - 1;
  }
  return { indices, offsets, ...(weighted ? { perSampleWeights } : {}) };
}
