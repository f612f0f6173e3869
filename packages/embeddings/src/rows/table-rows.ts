import { wholeBlock, type Backend } from '@ttrec/backend';
import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { checkBags, checkIds } from '../lookup/bags.ts';
import { Workspace } from '../lookup/workspace.ts';
import { loadState, type LoadStateOptions } from '../state/load-state.ts';
import { stateTensors } from '../state/state-owner.ts';
import type { StateReader, StateTensor } from '../state/state-tensor.ts';
import type { FitOptions } from '../table/embedding-table.ts';
import type { PooledTable } from '../table/pooled-table.ts';
import { checkRows, type RowSource } from './row-source.ts';

/** Rows read at a time: a lookup's buffers stay a few MiB, whatever the table. */
const ROWS_AT_A_TIME = 2 ** 14;

/**
 * The rows of a table, computed as a forward computes them, without pooling; and their replacement. Both count as a
 * forward without training: what an earlier forward left for its backward is dropped, and that backward refused.
 */
export class TableRows implements RowSource {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #backend: Backend;
  readonly #name: string;
  readonly #pooled: PooledTable;
  readonly #workspace: Workspace;

  constructor(args: { readonly backend: Backend; readonly name: string; readonly pooled: PooledTable }) {
    this.numEmbeddings = args.pooled.table.numEmbeddings;
    this.embeddingDim = args.pooled.table.embeddingDim;
    this.#backend = args.backend;
    this.#name = args.name;
    this.#pooled = args.pooled;
    this.#workspace = new Workspace(args.backend, `${args.name}/rows`);
  }

  /** [D]. @throws `embeddings/index-out-of-range` */
  async row(id: number): Promise<Float32Array<ArrayBuffer>> {
    if (Number.isInteger(id) && id >= 0 && id < 2 ** 32) return this.rows(Uint32Array.of(id));
    throw this.#outOfRange('a row must be an integer from 0', id);
  }

  /**
   * @param ids [L], in any order, repeated or not
   * @returns [L, D], a fresh array
   * @throws `embeddings/index-out-of-range`
   */
  async rows(ids: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    checkIds(this.#name, ids);
    const offsets = Uint32Array.from({ length: ids.length + 1 }, (_, l) => l);
    checkBags(this.#name, { indices: ids, offsets }, ids.length, this.numEmbeddings);
    await this.#pooled.state.settled();
    const all = new Float32Array(ids.length * this.embeddingDim);
    for (let start = 0; start < ids.length; start += ROWS_AT_A_TIME) {
      const part = ids.subarray(start, start + ROWS_AT_A_TIME);
      all.set(await this.#computed(part, offsets.subarray(0, part.length + 1)), start * this.embeddingDim);
    }
    return all;
  }

  /** The rows start … end - 1, [end - start, D]. @throws `embeddings/index-out-of-range` */
  async read(start: number, end: number): Promise<Float32Array<ArrayBuffer>> {
    this.#checkRange(start, end);
    return this.rows(Uint32Array.from({ length: end - start }, (_, i) => start + i));
  }

  /** [N, D] in one piece; `read` for a table that is too large for one. */
  toDense(): Promise<Float32Array<ArrayBuffer>> {
    return this.read(0, this.numEmbeddings);
  }

  /**
   * Overwrites the table with what comes nearest to the rows of `source` in its kind, and clears its optimizer state.
   * All rows are read and checked before the first is overwritten: a source that is refused changes nothing.
   *
   * @throws `embeddings/bad-rows`, `embeddings/row-not-finite`, `embeddings/bad-row-weights`, and what the kind refuses
   */
  async fit(source: RowSource, options: FitOptions = {}): Promise<void> {
    checkOptions(error, 'fit', options, { matmul: 'any' });
    const { table } = this.#pooled;
    await checkRows(`table "${this.#name}"`, source, this);
    this.#pooled.forget();
    await table.fit(source, options);
    this.#pooled.steps.reset();
    for (const { state, lastStep } of table.parameters) {
      for (const buffer of [state, lastStep])
        if (buffer) this.#backend.fill({ out: wholeBlock(buffer), value: 0 });
    }
  }

  /** The tensors of the table, by the names that its kind gives them; each is read when its `data` is called. */
  state(): StateTensor[] {
    return stateTensors(this.#pooled.state);
  }

  /** Overwrites the table with saved tensors. Throws the same errors as `EmbeddingBag.loadState`. */
  loadState(reader: StateReader, options?: LoadStateOptions): Promise<void> {
    return loadState(this.#pooled.state, reader, options);
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  /** A Uint32Array would cut off fractions, and turn 2^32 into 0. */
  #checkRange(start: number, end: number): void {
    if (
      Number.isInteger(start) &&
      Number.isInteger(end) &&
      0 <= start &&
      start <= end &&
      end <= this.numEmbeddings
    )
      return;
    const rule = `rows must be integers from 0 to numEmbeddings = ${this.numEmbeddings}, the first not above the second`;
    throw this.#outOfRange(rule, `${start} to ${end}`);
  }

  #outOfRange(rule: string, got: unknown): Error {
    return error('index-out-of-range', { subject: `table "${this.#name}"`, rule, got });
  }

  #computed(indices: Uint32Array, offsets: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    const block = wholeBlock(
      this.#workspace.matrix('out', indices.length, this.embeddingDim),
      indices.length,
    );
    this.#pooled.forward([{ indices, offsets }], { block, columns: [0] }, false);
    return this.#backend.read(block.buffer, 0, indices.length * this.embeddingDim);
  }
}
