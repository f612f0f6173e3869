import type { Backend, Block, DeviceBuffer, Range } from '@ttrec/backend';
import type { BagIndexByRow, CoreUpdate } from '@ttrec/backend/kernels';
import type { RandomStream } from '@ttrec/core';
import type { Matmul, TTShape } from '@ttrec/tensor-train';
import type { OptimizerConfig } from '../optimizers/optimizer.ts';
import type { RowSource } from '../rows/row-source.ts';
import type { HostTensor } from '../state/host-tensor.ts';
import type { StateEntry } from '../state/state-entry.ts';
import type { TableParameter } from './table-parameter.ts';
import type { TableSize } from './table-size.ts';
import type { TableMaintenance } from './table-maintenance.ts';
import type { TrainingParts } from './training-parts.ts';

export type { TableParameter } from './table-parameter.ts';

/** What a table is created with. */
export interface TableContext extends TableSize {
  readonly backend: Backend;
  /** Names the table in errors, checkpoints and buffer labels. */
  readonly name: string;
  readonly optimizer: OptimizerConfig;
  /** Undefined for a table whose numbers are loaded and that only scores: it starts with zeros, and its rows cannot be trained. */
  readonly training: TrainingParts | undefined;
  /** Initialisation draws from this stream and its children. */
  readonly stream: RandomStream;
  /** Goes before the names of the table's tensors: `hot.` for a table inside another. */
  readonly path?: string | undefined;
  /** The variance that the entries of rows start with, where a table around this one asks for another than 1/(3N). */
  readonly rowVariance?: number | undefined;
}

/** The gradient of some rows of a parameter: row i of `gradients` is that of row `rows[i]`. Valid until the next lookup. */
export interface SparseGradient {
  readonly parameter: TableParameter;
  readonly gradients: Block;
  readonly rows: Range;
  /** The same rows on the host, ascending. */
  readonly rowIds: Uint32Array;
  /** What clipping measures in place of `gradients`, where these are of one worker's rows alone. */
  readonly measured?: Block | undefined;
}

/** Sums dL/drow over the lookups of each row into `gradRows` [U, D]. The pooling of the rows provides it. */
export type PoolBackward = (byRow: Omit<BagIndexByRow, 'lookupBag'>, gradRows: Block) => void;

/** The rows of one batch of ids. Valid until the next lookup of the same table. */
export interface Lookup {
  /** [R, D]. */
  readonly rows: Block;
  /** [L]: for each id, its row in `rows`. */
  readonly lookupRow: Range;
  /**
   * Enqueues the gradients of the parameters behind the rows. Only after a lookup for training.
   * @param use for gradients that are used at once, and then in any order of rows
   */
  gradients(pool: PoolBackward, use?: UseAtOnce): SparseGradient[];
}

/** Where gradients are that are used before those of another table are computed. */
export interface UseAtOnce {
  /** Memory of one table after another, which stays in the processor's caches. */
  readonly scratch: Scratch;
  /** [L, D]: dL/drow of each lookup, where it lies somewhere as it is. */
  readonly each?: Block | undefined;
  /** The optimizer step that uses them. A table whose kernel takes it while it sums them returns no gradients. */
  readonly step?: Omit<CoreUpdate, 'states'> | undefined;
}

export interface Scratch {
  /** A float32 buffer with `cols` columns and at least `rows` rows. It holds whatever was left there. */
  matrix(name: string, rows: number, cols: number): DeviceBuffer;
}

/** Rows that lie in a matrix as they are. */
export interface StoredRows {
  /** [R, D]. */
  readonly rows: Block;
  /** [L]: for each id, its row in `rows`; valid until the table is asked again. */
  readonly positions: Uint32Array;
}

/** The TT-matrix whose rows a table has. */
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

/** `direct`: numbers were copied without computing rows. `rows`: some part was fitted to the rows of the other table. */
export type ConversionWay = 'direct' | 'rows';

/** Rows by id, whatever holds them. Reading rows needs nothing of a kind beyond `lookup`: see `TableRows`. */
export interface EmbeddingTable extends TableSize {
  readonly parameters: readonly TableParameter[];
  /** What it keeps on the host; a kind that wraps others has theirs. */
  readonly hostTensors?: readonly HostTensor[];
  /** Further tensors of its state. */
  readonly stateEntries?: readonly StateEntry[];
  /** Its own work between steps, if there is any. */
  readonly maintenance?: readonly TableMaintenance[];
  /** Called when parameters or host tensors were loaded: brings up to date what the table derives from them, such as maps. */
  stateLoaded?(): void;
  /** Set where rows can be read but not trained. */
  readonly inferenceOnly?: boolean;
  /** Enqueues what computes the rows of `ids` [L], each below numEmbeddings. `training` prepares for `gradients`. */
  lookup(ids: Uint32Array, training: boolean): Lookup;
  /**
   * Where the rows of `ids` [L] are stored, for kinds that compute nothing: inference uploads such positions of all tables in one
   * write, and needs no `lookup`. Undefined where a table inside computes its rows.
   */
  storedRows?(ids: Uint32Array): StoredRows | undefined;
  /**
   * The gradients of the parameters from those of distinct rows `ids` [U], ascending, for kinds that need no lookup of
   * them: without it, the rows are looked up.
   * @param values [U, D]
   */
  gradientsOfRows?(ids: Uint32Array, values: Float32Array): SparseGradient[];
  /**
   * Overwrites the parameters so that the rows come near those of `source`, weighted by `source.weights` where rows have
   * to share. The size was checked, and optimizer state is the caller's. A kind that sends ids on fits what it wraps.
   */
  fit(source: RowSource, options: FitOptions): Promise<void>;
  /**
   * Copies the numbers of another table of the same size where the two store rows in a way that allows it without computing
   * them. Returns undefined, with nothing changed, where not.
   */
  copyFrom?(from: EmbeddingTable, options: FitOptions): Promise<ConversionWay | undefined>;
  /** The TT-matrix that computes the rows, if one does. */
  readonly tt?: TableTT;
  /** How ids are sent on to the tables inside, where that is all a kind does: another table may have the same. */
  readonly routing?: Routing;
  dispose(): void;
}
