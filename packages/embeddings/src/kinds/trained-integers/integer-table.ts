import { wholeBlock, type Range } from '@ttrec/backend';
import { ValueGrouper } from '../../lookup/grouping/group-by-value.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { HostTensor } from '../../state/host-tensor.ts';
import type {
  EmbeddingTable,
  Lookup,
  PoolBackward,
  SparseGradient,
  TableContext,
} from '../../table/embedding-table.ts';
import { rowVariance } from '../../table/kind/part-context.ts';
import type { TableMaintenance } from '../../table/table-maintenance.ts';
import { IntegerParameter, type IntegerParameterOptions } from './integer-parameter.ts';
import type { IntegerUpdates } from './integer-updates.ts';

/** Every row stored in integers, and trained in them. */
export class IntegerTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #training: TableContext['training'];
  readonly parameters = [];
  readonly hostTensors: readonly HostTensor[];
  readonly maintenance: readonly TableMaintenance[];
  readonly #rows: IntegerParameter;
  readonly #updates: IntegerUpdates | undefined;
  readonly #workspace: Workspace;
  readonly #grouper = new ValueGrouper();

  constructor(context: TableContext, options: Pick<IntegerParameterOptions, 'bits' | 'range'>) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#training = context.training;
    this.#workspace = new Workspace(context.backend, context.name);
    const shape = [this.numEmbeddings, this.embeddingDim];
    this.#rows = new IntegerParameter(context, 'weight', { ...options, shape, per: 'matrix' });
    const { training, stream } = context;
    if (training) this.#rows.matrix.draw(stream.child('weight'), rowVariance(context), training.fillUniform);
    this.#updates = context.training?.integerUpdates(context.backend, [this.#rows]);
    this.hostTensors = this.#rows.hostTensors;
    this.maintenance = this.#updates ? [this.#updates] : [];
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    this.#updates?.requireSettled();
    const { distinct, values, groupOf, offsets, positions } = this.#grouper.group(ids);
    const places = training ? [offsets, positions, Uint32Array.from({ length: distinct }, (_, u) => u)] : [];
    const ranges = this.#workspace.positions('positions', [groupOf, ...places]);
    const [lookupRow, rowOffsets, rowLookups, all] = ranges as [Range, Range, Range, Range];
    const rows = this.#rows.upload(values, training);
    const gradients = (pool: PoolBackward): SparseGradient[] => {
      if (!training) return [];
      const buffer = this.#workspace.matrix('gradRows', distinct, this.embeddingDim);
      const gradRows = wholeBlock(buffer, distinct);
      pool({ rows: distinct, rowOffsets, rowLookups }, gradRows);
      return [{ parameter: this.#rows.touched, gradients: gradRows, rows: all, rowIds: values }];
    };
    return { rows, lookupRow, gradients };
  }

  async fit(source: RowSource): Promise<void> {
    await this.#updates?.settled().catch(() => undefined);
    await this.#rows.matrix.fit(source, this.#training);
    this.#rows.reset();
    this.#updates?.drop();
  }

  stateLoaded(): void {
    this.#updates?.drop();
    this.#rows.stateLoaded();
  }

  dispose(): void {
    this.#updates?.dispose();
    this.#rows.dispose();
    this.#workspace.dispose();
  }
}
