import { product } from '@ttrec/core';
import { wholeBlock } from '@ttrec/backend';
import { parameterCount, type TTShape } from '@ttrec/tensor-train/shapes';
import { error } from '../../error.ts';
import type { HostTrieLevel } from '../../lookup/grouping/batch-trie.ts';
import { Workspace } from '../../lookup/workspace.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type { HostTensor } from '../../state/host-tensor.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  TableContext,
  TableTT,
} from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import type { TableCost } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { sameShape } from '../tt/same-shape.ts';
import { touchedSlices } from '../tt/touched-slices.ts';
import type { TTConfig } from '../tt/tt-config.ts';
import { TTForward, type TrieCores } from '../tt/tt-forward.ts';
import { rowMultiplyAdds, shapeOf, sliceShapes } from '../tt/tt-shape.ts';
import { int8Grid } from './quantise.ts';
import { QuantisedRows } from './quantised-rows.ts';

/** Every slice of every core as integers and their step. */
export function quantisedTTCost(config: TTConfig, size: TableSize): TableCost {
  refusePrefixTable(config);
  const shape = shapeOf(config, size);
  const bytes = sliceShapes(shape).reduce(
    (sum, [p, ...slice]) => sum + QuantisedRows.bytes(int8Grid, p!, product(slice)),
    0,
  );
  return {
    parameters: parameterCount(shape),
    bytes,
    // Integers, and a scale for each row or slice.
    tensors: 2 * shape.rowShape.length,
    trainingBytes: bytes,
    hostBytes: bytes,
    multiplyAddsPerLookup: rowMultiplyAdds(shape),
    inferenceOnly: true,
  };
}

/**
 * Keeps the cores as integers on the host. A lookup reads the slices that its batch touches as float32 and uploads those:
 * on the backend there are never more of them than a batch needs.
 */
export class QuantisedTT implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #training: TableContext['training'];
  readonly parameters = [];
  readonly inferenceOnly = true;
  readonly hostTensors: readonly HostTensor[];
  readonly shape: TTShape;
  readonly #cores: readonly QuantisedRows[];
  readonly #workspace: Workspace;
  readonly #tt: TTForward;

  constructor(config: TTConfig, context: TableContext) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#training = context.training;
    this.shape = shapeOf(config, context);
    this.#workspace = new Workspace(context.backend, context.name);
    this.#tt = new TTForward(context.backend, this.shape, this.#workspace);
    const shapes = sliceShapes(this.shape);
    this.#cores = shapes.map(([p, ...slice]) => new QuantisedRows(int8Grid, p!, product(slice)));
    const { path = '' } = context;
    this.hostTensors = this.#cores.flatMap((core, k) => core.tensors(`${path}core${k}`, shapes[k]!.slice(1)));
  }

  lookup(ids: Uint32Array): Lookup {
    const { distinct, args, lookupRow } = this.#tt.run(ids, (levels) => this.#touched(levels));
    return { rows: wholeBlock(args.values.at(-1)!, distinct), lookupRow, gradients: () => [] };
  }

  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { fitTT } = await fittingOf(this.#training);
    this.setCores(await fitTT(source, this.shape, options));
  }

  get tt(): TableTT {
    return { shape: this.shape, cores: async () => this.#cores.map((core) => core.all()) };
  }

  /** The slices of the other's cores, each rounded to its own step: no decomposition comes between. */
  async copyFrom({ tt }: EmbeddingTable): Promise<'direct' | undefined> {
    if (!tt || !sameShape(tt.shape, this.shape)) return undefined;
    this.setCores(await tt.cores());
    return 'direct';
  }

  /** Overwrites the slices of the cores with the nearest that integers have. */
  setCores(cores: readonly Float32Array[]): void {
    cores.forEach((core, k) => this.#cores[k]!.set(0, core));
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  /** Cores of the touched slices alone, and the trie with each digit replaced by the place of its slice among them. */
  #touched(levels: readonly HostTrieLevel[]): TrieCores {
    const cores = levels.map(({ slices, sliceDigit }, k) =>
      this.#workspace.uploaded(`core${k}`, slices, this.#cores[k]!.cols, (out) =>
        this.#cores[k]!.get(sliceDigit, out),
      ),
    );
    return { cores, levels: levels.map(touchedSlices) };
  }
}

/** The cores stay on the host, and what a batch needs of them changes from batch to batch. */
function refusePrefixTable({ prefixTable }: TTConfig): void {
  if (prefixTable !== true) return;
  throw error('bad-prefix-table', {
    subject: 'table kind "int8", prefixTable of the table inside',
    rule: 'must be left out',
    got: prefixTable,
  });
}
