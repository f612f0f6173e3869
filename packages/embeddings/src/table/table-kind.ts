import type { Backend, BagIndexByRow, Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { AnyOptionRules, RandomStream } from '@ttrec/core';
import type { Matmul, TTShape } from '@ttrec/tensor-train';
import type { ConversionReport } from '../rows/convert-table.ts';
import type { HostTensor } from '../state/host-tensor.ts';
import type { TableConfig } from '../kinds.ts';
import type { OptimizerConfig } from '../optimizer.ts';
import type { RowSource } from '../rows/row-source.ts';
import type { TableUpkeep } from './table-upkeep.ts';

/** The table that a config describes. */
export interface TableSize {
  /** N. */
  readonly numEmbeddings: number;
  /** D. */
  readonly embeddingDim: number;
}

/** What a config costs, before anything is allocated. */
export interface TableCost {
  readonly parameters: number;
  /** Weights, as stored and as served: float32, or integers and their scales. */
  readonly bytes: number;
  /** Weights and optimizer state, and the table of prefixes where it has one. */
  readonly trainingBytes: number;
  /** Of `trainingBytes`, what is kept on the host and in no buffer of a backend: integers, what a cache counts. 0 if left out. */
  readonly hostBytes?: number;
  /** What a table of prefixes takes beside the weights as soon as rows are read without training. */
  readonly prefixBytes?: number;
  /** To compute one row that shares no prefix with another: 0 for a table that is only read. */
  readonly multiplyAddsPerLookup: number;
  /** Whether the table can only be read, and training with it is refused. */
  readonly inferenceOnly?: boolean;
}

export interface TableContext extends TableSize {
  readonly backend: Backend;
  /** Names the table in errors, checkpoints and buffer labels. */
  readonly name: string;
  readonly optimizer: OptimizerConfig;
  /** Initialisation draws from this stream and its children. */
  readonly stream: RandomStream;
  /** What a table that wraps several puts before the names of their parameters: `hot.`; see `partContext`. */
  readonly path?: string;
  /** The variance that the entries of rows start with, if the table around this one asks for another than 1/(3N). */
  readonly rowVariance?: number;
}

/** Numbers that a table holds and trains. */
export interface TableParameter {
  /** Unique within the table: `weight`, `cold.core1`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: DeviceBuffer;
  /** Optimizer state; absent for SGD. */
  readonly state?: DeviceBuffer;
}

/** The gradient of some rows of a parameter: row i of `gradients` is that of row `rows[i]`. Valid until the next lookup. */
export interface SparseGradient {
  readonly parameter: TableParameter;
  readonly gradients: Block;
  readonly rows: Range;
  /** The same rows on the host, ascending. */
  readonly rowIds: Uint32Array;
}

/** Sums dL/drow over the lookups of each row into `gradRows` [U, D]. Given by whoever pooled the rows. */
export type PoolBackward = (byRow: Omit<BagIndexByRow, 'lookupBag'>, gradRows: Block) => void;

/** The rows of one batch of ids. Valid until the next lookup of the same table. */
export interface Lookup {
  /** [R, D]. */
  readonly rows: Block;
  /** [L]: for each id, its row in `rows`. */
  readonly lookupRow: Range;
  /** Enqueues the gradients of the parameters behind the rows. Only after a lookup for training. */
  gradients(pool: PoolBackward): SparseGradient[];
}

/** The TT whose rows a table has. */
export interface TableTT {
  readonly shape: TTShape;
  /** float32 cores, [p_k, r_k, q_k, r_{k+1}] each. */
  cores(): Promise<readonly Float32Array[]>;
}

/** Which tables ids are sent on to, and how. */
export interface Routing {
  /** Two tables with the same key send an id to the same rows of their parts. */
  readonly key: string;
  readonly parts: readonly EmbeddingTable[];
}

/** How a table is made from rows. */
export interface FitOptions {
  /** The matrix product of decompositions, plain TypeScript by default; see `fromFloat32Matmul` of @ttrec/tensor-train. */
  readonly matmul?: Matmul | undefined;
}

/** Rows by id, whatever holds them. Reading rows needs nothing of a kind beyond `lookup`: see `TableRows`. */
export interface EmbeddingTable extends TableSize {
  readonly parameters: readonly TableParameter[];
  /** What it keeps on the host; a kind that wraps others has theirs. */
  readonly hostTensors?: readonly HostTensor[];
  /** Its own work between steps, if there is any. */
  readonly upkeep?: readonly TableUpkeep[];
  /** Called when parameters or host tensors were loaded: brings up to date what the table derives from them, such as maps. */
  stateLoaded?(): void;
  /** Set where rows can be read but not trained. */
  readonly inferenceOnly?: boolean;
  /** Enqueues what computes the rows of `ids` [L], each below numEmbeddings. `training` prepares for `gradients`. */
  lookup(ids: Uint32Array, training: boolean): Lookup;
  /**
   * Overwrites the parameters so that the rows come near those of `source`, weighted by `source.weights` where rows have
   * to share. The size was checked, and optimizer state is the caller's. A kind that sends ids on fits what it wraps.
   */
  fit(source: RowSource, options: FitOptions): Promise<void>;
  /**
   * Overwrites the numbers with those of another table of the same size where the two store rows in a way that allows it
   * without writing these out; undefined, with nothing changed, where not.
   */
  adopt?(from: EmbeddingTable, options: FitOptions): Promise<ConversionReport['way'] | undefined>;
  /** The TT that computes the rows, if one does. */
  readonly tt?: TableTT;
  /** How ids are sent on to the tables inside, where that is all a kind does: another table may have the same. */
  readonly routing?: Routing;
  dispose(): void;
}

/** How a kind that sends ids on builds what it wraps. */
export interface NestedTables {
  cost(config: TableConfig, size: TableSize, optimizer: OptimizerConfig): TableCost;
  create(config: TableConfig, context: TableContext): EmbeddingTable;
  grow(config: TableConfig, from: TableSize, numEmbeddings: number): TableConfig;
}

/** A kind of table: one file each, with its config, registered by one line in kinds.ts. */
export interface TableKind<Config> {
  /** Fields of a config, of which unknown ones are rejected: an `OptionRules<Config>`. Without it they are ignored. */
  options?(config: Config): AnyOptionRules;
  /** Throws on a config that cannot be built. */
  cost(config: Config, size: TableSize, optimizer: OptimizerConfig, nested: NestedTables): TableCost;
  create(config: Config, context: TableContext, nested: NestedTables): EmbeddingTable;
  /**
   * The config of a table with more rows, in which every old one is where it was: parameters keep their names, and only
   * their first axis becomes longer. Without it rows cannot be appended.
   */
  grow?(config: Config, from: TableSize, numEmbeddings: number, nested: NestedTables): TableConfig;
}

/** A kind of this package: its fields are always checked. */
export interface BuiltInKind<Config> extends TableKind<Config> {
  options(config: Config): AnyOptionRules;
}
