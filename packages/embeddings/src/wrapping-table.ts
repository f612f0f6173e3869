import type { HostTensor } from './host-tensor.ts';
import type { RowSource } from './row-source.ts';
import type { TableUpkeep } from './table-upkeep.ts';
import type { EmbeddingTable, FitOptions, Lookup, TableParameter, TableSize } from './table-kind.ts';

/** What a table that sends ids on has of the tables that it wraps. */
export abstract class WrappingTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #wrapped: readonly EmbeddingTable[];

  constructor({ numEmbeddings, embeddingDim }: TableSize, wrapped: readonly EmbeddingTable[]) {
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.#wrapped = wrapped;
  }

  get parameters(): readonly TableParameter[] {
    return this.#wrapped.flatMap(({ parameters }) => parameters);
  }

  get hostTensors(): readonly HostTensor[] {
    return this.#wrapped.flatMap(({ hostTensors }) => hostTensors ?? []);
  }

  get inferenceOnly(): boolean {
    return this.#wrapped.some(({ inferenceOnly }) => inferenceOnly ?? false);
  }

  get upkeep(): readonly TableUpkeep[] {
    return this.#wrapped.flatMap(({ upkeep }) => upkeep ?? []);
  }

  abstract lookup(ids: Uint32Array, training: boolean): Lookup;

  abstract fit(source: RowSource, options: FitOptions): Promise<void>;

  dispose(): void {
    for (const table of this.#wrapped) table.dispose();
  }
}
