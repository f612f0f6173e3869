import { wholeBlock, type DeviceBuffer } from '@ttrec/backend';
import type { TTShape } from '@ttrec/tensor-train';
import type { HostTrieLevel } from '../../lookup/grouping/batch-trie.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { HostTensor } from '../../state/host-tensor.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  PoolBackward,
  SparseGradient,
  TableContext,
  TableTT,
} from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import type { TableMaintenance } from '../../table/table-maintenance.ts';
import { sameShape } from '../tt/same-shape.ts';
import { touchedSlices } from '../tt/touched-slices.ts';
import type { TTConfig } from '../tt/tt-config.ts';
import { TTForward } from '../tt/tt-forward.ts';
import { shapeOf, sliceShapes } from '../tt/tt-shape.ts';
import { IntegerParameter } from './integer-parameter.ts';
import type { IntegerUpdates } from './integer-updates.ts';

/** A TT whose cores are stored in integers of 8 bits, with a step a slice, and trained in them. */
export class IntegerTT implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #training: TableContext['training'];
  readonly parameters = [];
  readonly hostTensors: readonly HostTensor[];
  readonly maintenance: readonly TableMaintenance[];
  readonly #backend: TableContext['backend'];
  readonly #shape: TTShape;
  readonly #cores: readonly IntegerParameter[];
  readonly #updates: IntegerUpdates | undefined;
  readonly #workspace: Workspace;
  readonly #tt: TTForward;

  constructor(config: TTConfig, context: TableContext) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#training = context.training;
    this.#backend = context.backend;
    this.#shape = shapeOf(config, context);
    this.#workspace = new Workspace(context.backend, context.name);
    this.#tt = new TTForward(context.backend, this.#shape, this.#workspace);
    this.#cores = sliceShapes(this.#shape).map(
      (shape, k) => new IntegerParameter(context, `core${k}`, { bits: 8, shape, per: 'row', range: 0 }),
    );
    this.#write(context.training?.initialCores(config, this.#shape, context) ?? []);
    this.#updates = context.training?.integerUpdates(context.backend, this.#cores);
    this.hostTensors = this.#cores.flatMap((core) => core.hostTensors);
    this.maintenance = this.#updates ? [this.#updates] : [];
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    this.#updates?.requireSettled();
    let slices: readonly HostTrieLevel[] = [];
    const { distinct, levels, args, lookupRow, rowOffsets, rowLookups } = this.#tt.run(ids, (built) => {
      slices = built;
      const cores = built.map(({ sliceDigit }, k) => this.#cores[k]!.upload(sliceDigit, training).buffer);
      return { cores, levels: built.map(touchedSlices) };
    });
    const rows = wholeBlock(args.values.at(-1)!, distinct);
    const gradients = (pool: PoolBackward): SparseGradient[] => {
      if (!training) return [];
      const gradValues = levels.map((level, k) =>
        this.#workspace.matrix(`gradValues${k}`, level.nodes, args.values[k]!.cols),
      );
      pool({ rows: distinct, rowOffsets, rowLookups }, wholeBlock(gradValues.at(-1)!, distinct));
      const gradCores = args.cores.map((core: DeviceBuffer, k) =>
        this.#workspace.matrix(`gradCore${k}`, levels[k]!.slices, core.cols),
      );
      this.#backend.ttBackward({ ...args, gradValues, gradCores });
      return this.#cores.map((core, k) => ({
        parameter: core.touched,
        gradients: wholeBlock(gradCores[k]!, levels[k]!.slices),
        rows: args.levels[k]!.sliceDigit,
        rowIds: slices[k]!.sliceDigit,
      }));
    };
    return { rows, lookupRow, gradients };
  }

  get tt(): TableTT {
    return { shape: this.#shape, cores: async () => this.#cores.map(({ matrix }) => matrix.all()) };
  }

  async copyFrom({ tt }: EmbeddingTable): Promise<'direct' | undefined> {
    if (!tt || !sameShape(tt.shape, this.#shape)) return undefined;
    await this.#replace(await tt.cores());
    return 'direct';
  }

  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { fitTT } = await fittingOf(this.#training);
    await this.#replace(await fitTT(source, this.#shape, options));
  }

  stateLoaded(): void {
    this.#updates?.drop();
    for (const core of this.#cores) core.stateLoaded();
  }

  dispose(): void {
    this.#updates?.dispose();
    for (const core of this.#cores) core.dispose();
    this.#workspace.dispose();
  }

  async #replace(cores: readonly Float32Array[]): Promise<void> {
    await this.#updates?.settled().catch(() => undefined);
    this.#write(cores);
    for (const core of this.#cores) core.reset();
    this.#updates?.drop();
  }

  #write(cores: readonly Float32Array[]): void {
    cores.forEach((core, k) => this.#cores[k]!.matrix.set(0, core));
  }
}
