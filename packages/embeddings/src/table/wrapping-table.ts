import type { Backend } from '@ttrec/backend';
import type { RowSource } from '../rows/row-source.ts';
import type { HostTensor } from '../state/host-tensor.ts';
import type {
  ConversionWay,
  EmbeddingTable,
  FitOptions,
  Lookup,
  Routing,
  TableContext,
  TableParameter,
} from './embedding-table.ts';
import type { TableMaintenance } from './table-maintenance.ts';
import { fittingOf, type TrainingParts } from './training-parts.ts';

/** What a table that sends ids on has of the tables that it wraps. */
export abstract class WrappingTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly routing?: Routing;
  readonly #backend: Backend;
  /** @internal */
  protected readonly training: TrainingParts | undefined;
  readonly #wrapped: readonly EmbeddingTable[];

  /** @param key says how ids are sent on to the tables inside, where that is all that the kind does */
  constructor(
    { backend, numEmbeddings, embeddingDim, training }: TableContext,
    wrapped: readonly EmbeddingTable[],
    key?: string,
  ) {
    this.#backend = backend;
    this.training = training;
    if (key !== undefined) this.routing = { key, parts: wrapped };
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

  get maintenance(): readonly TableMaintenance[] {
    return this.#wrapped.flatMap(({ maintenance }) => maintenance ?? []);
  }

  stateLoaded(): void {
    for (const table of this.#wrapped) table.stateLoaded?.();
  }

  abstract lookup(ids: Uint32Array, training: boolean): Lookup;

  abstract fit(source: RowSource, options: FitOptions): Promise<void>;

  /** Part by part, where the other sends ids on alike. */
  async copyFrom(from: EmbeddingTable, options: FitOptions): Promise<ConversionWay | undefined> {
    if (this.routing === undefined || from.routing?.key !== this.routing.key) return undefined;
    const { takeOver } = await fittingOf(this.training);
    const ways: ConversionWay[] = [];
    for (const [p, part] of this.routing.parts.entries())
      ways.push(await takeOver(this.#backend, part, from.routing.parts[p]!, options));
    return ways.includes('rows') ? 'rows' : 'direct';
  }

  dispose(): void {
    for (const table of this.#wrapped) table.dispose();
  }
}
