import type { Backend, Block, Pooling, Range } from '@ttrec/backend';
import type { BagIndex } from '@ttrec/backend/kernels';
import { error } from '../error.ts';
import type { Bags } from '../lookup/bags.ts';
import type { StoredLookup } from '../lookup/stored-lookups.ts';
import { Workspace } from '../lookup/workspace.ts';
import { countsSteps, type OptimizerConfig } from '../optimizers/optimizer.ts';
import type { StateOwner } from '../state/load-state.ts';
import { tableState } from '../state/state-owner.ts';
import { StepCount } from '../state/step-count.ts';
import type { EmbeddingTable, Lookup } from './embedding-table.ts';

/** Where the features of one table stand in a matrix [B, …]: feature f takes the D columns from `columns[f]`. */
export interface FeatureColumns {
  readonly block: Block;
  readonly columns: readonly number[];
}

/** What a forward in training leaves for its backward. */
export interface Pending {
  readonly lookup: Lookup;
  readonly index: BagIndex;
  readonly lookupBag: Range;
  readonly weights?: Range;
  readonly bags: Bags;
}

export interface PooledTableOptions {
  readonly backend: Backend;
  readonly name: string;
  readonly table: EmbeddingTable;
  readonly pooling: Pooling;
  readonly optimizer: OptimizerConfig;
}

/** A table and the pooling of the features that read it: joins their bags, so that each row is computed and trained once. */
export class PooledTable {
  readonly table: EmbeddingTable;
  readonly steps: StepCount;
  protected readonly backend: Backend;
  protected readonly pooling: Pooling;
  protected readonly workspace: Workspace;
  protected readonly name: string;
  #bagOf = new Uint32Array(0);
  protected pending: Pending | undefined;
  protected batchSize = 0;

  constructor(args: PooledTableOptions) {
    this.steps = new StepCount(countsSteps(args.optimizer));
    this.table = args.table;
    this.backend = args.backend;
    this.name = args.name;
    this.pooling = args.pooling;
    this.workspace = new Workspace(args.backend, `${args.name}/bags`);
  }

  /** B of the last forward. */
  get rows(): number {
    return this.batchSize;
  }

  /** A forward for inference as a lookup of stored rows, to be run with those of other tables; undefined where rows are computed. */
  stored(bags: readonly Bags[], { block, columns }: FeatureColumns): StoredLookup | undefined {
    if (this.table.storedRows === undefined) return undefined;
    const joined = joinBags(bags);
    const stored = this.table.storedRows(joined.indices);
    if (stored === undefined) return undefined;
    this.forget();
    this.batchSize = block.rows;
    return { ...stored, bags: joined, pooling: this.pooling, out: block, columns };
  }

  /** @param bags one entry a feature, checked, each of B bags */
  forward(bags: readonly Bags[], out: FeatureColumns, training: boolean): void {
    // What a forward before this one left lies in buffers that are now overwritten.
    this.forget();
    this.batchSize = out.block.rows;
    const joined = joinBags(bags);
    const bagOf = training ? [this.#bagOfLookup(joined)] : [];
    const ranges = this.workspace.positions('positions', [joined.offsets, ...bagOf]);
    const [offsets, lookupBag] = ranges as [Range, Range?];
    const lookup = this.table.lookup(joined.indices, training);
    const index: BagIndex = { bags: joined.offsets.length - 1, offsets, lookupRow: lookup.lookupRow };
    const weights = joined.perSampleWeights && {
      weights: this.workspace.values('weights', joined.perSampleWeights),
    };
    const shared = { index, pooling: this.pooling, columns: out.columns, ...weights };
    this.backend.bagForward({ ...shared, rows: lookup.rows, out: out.block });
    this.pending = lookupBag && { lookup, index, lookupBag, bags: joined, ...weights };
  }

  /** Drops what the last forward left for its backward. */
  forget(): void {
    this.pending = undefined;
  }

  /** Before a forward in training. @throws `embeddings/inference-only` */
  requireTrainable(): void {
    if (!this.table.inferenceOnly) return;
    throw error('inference-only', {
      subject: `table "${this.name}"`,
      rule: 'must be of a kind that trains',
      got: 'one of integers',
      hint: 'Train it as "dense" or "tt", and convert what was learnt; forward takes { training: false }.',
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
    const state = tableState(this.backend, this.table);
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
    this.workspace.dispose();
    this.table.dispose();
  }
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
