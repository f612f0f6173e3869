import { wholeBlock, type Range } from '@ttrec/backend';
import { ValueGrouper } from '../../lookup/grouping/group-by-value.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { HostTensor } from '../../state/host-tensor.ts';
import type { EmbeddingTable, Lookup, TableContext } from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import type { TableCost } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import type { Grid } from './quantise.ts';
import { QuantisedRows } from './quantised-rows.ts';

/** Every row stored, as integers and their step. */
export function quantisedTableCost(grid: Grid, { numEmbeddings, embeddingDim }: TableSize): TableCost {
  const bytes = QuantisedRows.bytes(grid, numEmbeddings, embeddingDim);
  return {
    parameters: numEmbeddings * embeddingDim,
    bytes,
    // Integers, and a scale for each row or slice.
    tensors: 2,
    trainingBytes: bytes,
    hostBytes: bytes,
    multiplyAddsPerLookup: 0,
    inferenceOnly: true,
  };
}

/** Keeps integers on the host. A lookup reads its distinct rows as float32 and uploads those. */
export class QuantisedTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #training: TableContext['training'];
  readonly parameters = [];
  readonly inferenceOnly = true;
  readonly hostTensors: readonly HostTensor[];
  readonly #rows: QuantisedRows;
  readonly #workspace: Workspace;
  readonly #grouper = new ValueGrouper();

  constructor(grid: Grid, { backend, name, path = '', numEmbeddings, embeddingDim, training }: TableContext) {
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.#training = training;
    this.#workspace = new Workspace(backend, name);
    this.#rows = new QuantisedRows(grid, numEmbeddings, embeddingDim);
    this.hostTensors = this.#rows.tensors(`${path}weight`, [embeddingDim]);
  }

  lookup(ids: Uint32Array): Lookup {
    const { distinct, values, groupOf } = this.#grouper.group(ids);
    const [lookupRow] = this.#workspace.positions('positions', [groupOf]) as [Range];
    const rows = this.#workspace.uploaded('rows', distinct, this.embeddingDim, (out) =>
      this.#rows.get(values, out),
    );
    return { rows: wholeBlock(rows, distinct), lookupRow, gradients: () => [] };
  }

  async fit(source: RowSource): Promise<void> {
    const { rowBlocks } = await fittingOf(this.#training);
    for await (const { start, values } of rowBlocks(source)) this.#rows.set(start, values);
  }

  dispose(): void {
    this.#workspace.dispose();
  }
}
