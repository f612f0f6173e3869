import { wholeBlock, type Backend, type Block, type DeviceBuffer, type Range } from '@ttrec/backend';
import { error } from '../error.ts';
import { initialiseRows } from '../kinds/initial-rows.ts';
import { ValueGrouper } from '../lookup/grouping/group-by-value.ts';
import { Workspace } from '../lookup/workspace.ts';
import { parameterEntries, type StateEntry } from '../state/state-entry.ts';
import type { RowAccess } from '../state/state-tensor.ts';
import type {
  EmbeddingTable,
  Lookup,
  SparseGradient,
  TableContext,
  TableParameter,
} from '../table/embedding-table.ts';
import { disposeParameter, trainingParameter } from '../table/training-parameter.ts';
import { heldBelow, positionsHeld, type RowShard } from './row-shard.ts';
import { shardedEntry, type ShardLink } from './sharded-state.ts';

/** The rows of a tensor that one worker holds, by their places. */
export interface ShardedTensor extends RowAccess {
  /** Numbers of a row. */
  readonly width: number;
}

/**
 * A dense table of which a worker holds a part of the rows, with their optimizer state. Before a batch is looked up, `hold` brings the rows
 * that it reads, whoever holds them; its gradients are those of rows of all workers, by id.
 */
export class ShardedTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly shard: RowShard;
  /** None that is whole. */
  readonly parameters: readonly TableParameter[] = [];
  /** Of this worker's rows, in the order of `stateEntries`. */
  readonly tensors: readonly ShardedTensor[];
  readonly stateEntries: readonly StateEntry[];
  readonly #backend: Backend;
  readonly #name: string;
  readonly #parameter: TableParameter;
  readonly #workspace: Workspace;
  readonly #grouper = new ValueGrouper();
  #held: Uint32Array = new Uint32Array(0);
  #link: ShardLink | undefined;

  constructor(context: TableContext, shard: RowShard) {
    const { backend, name, numEmbeddings, embeddingDim } = context;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.shard = shard;
    this.#backend = backend;
    this.#name = name;
    const rows = heldBelow(numEmbeddings, shard);
    // A buffer has a row at least.
    this.#parameter = trainingParameter(context, 'weight', [Math.max(1, rows), embeddingDim], true);
    initialiseRows(context, this.#parameter.weights, { ...shard, rows });
    const entries = parameterEntries(backend, this.#parameter);
    const { weights, state, lastStep } = this.#parameter;
    this.tensors = [weights, state, lastStep].flatMap((buffer) => (buffer ? [this.#tensorOf(buffer)] : []));
    this.stateEntries = entries.map((entry, tensor) =>
      shardedEntry(entry, { rows: numEmbeddings, tensor, link: () => this.#requireLink(entry.name) }),
    );
    this.#workspace = new Workspace(backend, name);
  }

  #tensorOf(buffer: DeviceBuffer): ShardedTensor {
    const width = buffer.cols;
    return {
      width,
      read: (start, end) => this.#backend.read(buffer, start * width, (end - start) * width),
      write: async (start, values) => this.#backend.write(buffer, values, start * width),
    };
  }

  /** Rows of this worker. @param places among its rows @returns [places, D] */
  async rowsAt(places: Uint32Array): Promise<Float32Array> {
    const count = places.length;
    if (count === 0) return new Float32Array(0);
    const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i);
    const ranges = this.#workspace.positions('served rows', [offsets, places]) as [Range, Range];
    const out = this.#workspace.matrix('served', count, this.embeddingDim);
    this.#backend.bagForward({
      rows: wholeBlock(this.#parameter.weights),
      index: { bags: count, offsets: ranges[0], lookupRow: ranges[1] },
      pooling: 'sum',
      columns: [0],
      out: wholeBlock(out, count),
    });
    return this.#backend.read(out, 0, count * this.embeddingDim);
  }

  /** The rows that lookups read until the next call. @param ids [U], ascending @param rows writes them into an array [U, D] */
  hold(ids: Uint32Array, rows: (out: Float32Array) => void): void {
    this.#held = ids;
    if (ids.length > 0) this.#workspace.uploaded('held', ids.length, this.embeddingDim, rows);
  }

  lookup(ids: Uint32Array): Lookup {
    const { values, groupOf } = this.#grouper.group(ids);
    const places = this.#placesOf(values);
    const [lookupRow] = this.#workspace.positions('positions', [groupOf.map((group) => places[group]!)]) as [
      Range,
    ];
    const held = this.#workspace.matrix('held', Math.max(1, this.#held.length), this.embeddingDim);
    return { rows: wholeBlock(held), lookupRow, gradients: () => [] };
  }

  /** Among the rows held for lookups. @param ids distinct, ascending @throws `embeddings/row-not-held` */
  #placesOf(ids: Uint32Array): Uint32Array {
    const held = this.#held;
    let place = 0;
    return ids.map((id) => {
      while (place < held.length && held[place]! < id) place++;
      if (held[place] === id) return place;
      throw error('row-not-held', {
        subject: `table "${this.#name}", row ${id}`,
        rule: 'must be among the rows that were brought from the workers before the lookup',
        hint: 'Train and evaluate with the communicator of the workers.',
      });
    });
  }

  /** @param ids of rows of all workers, or of this one alone: clipping measures what is given */
  gradientsOfRows(ids: Uint32Array, values: Float32Array): SparseGradient[] {
    if (ids.length === 0) return [];
    const [cols, { size }] = [this.embeddingDim, this.shard];
    const measured = this.#uploaded('gradients', ids.length, (out) => out.set(values));
    const own = positionsHeld(ids, this.shard);
    const places = own.map((at) => Math.floor(ids[at]! / size));
    const [rows] = this.#workspace.positions('own rows', [places]) as [Range];
    const gradients = this.#uploaded('own gradients', own.length, (out) =>
      own.forEach((at, row) => out.set(values.subarray(at * cols, (at + 1) * cols), row * cols)),
    );
    return [{ parameter: this.#parameter, gradients, rows, rowIds: own.map((at) => ids[at]!), measured }];
  }

  #uploaded(name: string, rows: number, fill: (out: Float32Array) => void): Block {
    return wholeBlock(this.#workspace.uploaded(name, rows, this.embeddingDim, fill), rows);
  }

  /** What reads and writes the state of all workers, while they take part; undefined ends it. */
  connect(link: ShardLink | undefined): void {
    this.#link = link;
  }

  /** @throws `embeddings/not-connected` */
  #requireLink(tensor: string): ShardLink {
    if (this.#link) return this.#link;
    throw error('not-connected', {
      subject: `table "${this.#name}", ${tensor}`,
      rule: 'is read and written by all workers together',
      hint: 'Call leadState on the first worker, and followState on the others.',
    });
  }

  fit(): Promise<void> {
    throw error('not-connected', {
      subject: `table "${this.#name}"`,
      rule: 'must not be sharded to be fitted to rows',
    });
  }

  dispose(): void {
    this.#workspace.dispose();
    disposeParameter(this.#parameter);
  }
}
