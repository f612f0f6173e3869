import { makeAll, wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { product } from '@ttrec/core';
import { closestRanks, parameterCount, type TTShape } from '@ttrec/tensor-train/shapes';
import { error } from '../../error.ts';
import { Workspace } from '../../lookup/workspace.ts';
import { stateLength, type OptimizerConfig } from '../../optimizers/optimizer.ts';
import type { RowSource } from '../../rows/row-source.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  PoolBackward,
  SparseGradient,
  TableContext,
  TableParameter,
  TableTT,
  UseAtOnce,
} from '../../table/embedding-table.ts';
import { fittingOf } from '../../table/training-parts.ts';
import { defineKind } from '../../table/kind/table-kind.ts';
import type { TableSize } from '../../table/table-size.ts';
import { disposeParameter, trainingParameter } from '../../table/training-parameter.ts';
import { grownTT } from './grow-tt.ts';
import { PrefixTable } from './prefix-table.ts';
import { sameShape } from './same-shape.ts';
import { MAX_RANK, ttSchema, type TTConfig } from './tt-config.ts';
import { TTForward, type TTForwardRows } from './tt-forward.ts';
import { ttRows } from './tt-rows.ts';
import { rowMultiplyAdds, shapeOf, sliceShapes } from './tt-shape.ts';

/**
 * A TT-matrix in place of the table (Yin, Acun, Liu and Wu, "TT-Rec", MLSys 2021). A batch costs its trie: each distinct
 * prefix of row digits is computed once.
 */
export const ttKind = defineKind<TTConfig>({
  name: 'tt',
  schema: ttSchema,
  cost(config, size, optimizer) {
    refuseRowwise(optimizer);
    const shape = shapeOf(config, size);
    const parameters = parameterCount(shape);
    const state = sliceShapes(shape).reduce(
      (sum, [p, ...slice]) => sum + stateLength(optimizer, p!, product(slice)),
      0,
    );
    const prefixBytes = config.prefixTable === true ? PrefixTable.bytes(shape) : 0;
    return {
      parameters,
      bytes: 4 * parameters,
      tensors: shape.rowShape.length,
      trainingBytes: 4 * (parameters + state) + prefixBytes,
      prefixBytes,
      multiplyAddsPerLookup: rowMultiplyAdds(shape),
    };
  },
  create: (config, context) => new TTTable(config, context),
  grow: grownTT,
  resize: (config, size, bytes) => resizedTT(config, size, (shape) => 4 * parameterCount(shape) <= bytes),
  rows: ttRows,
});

/** The TT of the largest ranks that fit, unequal where that is closer; of rank 1 if none does. */
export function resizedTT(config: TTConfig, size: TableSize, fits: (shape: TTShape) => boolean): TTConfig {
  const factors = shapeOf({ ...config, ranks: 1 }, size);
  const isPossible = (ranks: readonly number[]) =>
    fits({ ...factors, ranks }) && ranks.every((rank) => rank <= MAX_RANK);
  const [rank = 1, ...others] = closestRanks(factors, isPossible)?.slice(1, -1) ?? [];
  return { ...config, ranks: others.every((other) => other === rank) ? rank : [rank, ...others] };
}

class TTTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly #training: TableContext['training'];
  readonly parameters: readonly TableParameter[];
  readonly #cores: readonly DeviceBuffer[];
  readonly #prefixes: PrefixTable | undefined;
  readonly #shape: TTShape;
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #tt: TTForward;

  constructor(config: TTConfig, context: TableContext) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#training = context.training;
    this.#shape = shapeOf(config, context);
    this.#backend = context.backend;
    this.#workspace = new Workspace(context.backend, context.name);
    this.#tt = new TTForward(context.backend, this.#shape, this.#workspace);
    const { backend, name } = context;
    this.#prefixes = config.prefixTable === true ? new PrefixTable(backend, this.#shape, name) : undefined;
    this.parameters = makeAll(
      sliceShapes(this.#shape),
      (shape, k) => ({ ...trainingParameter(context, `core${k}`, shape), rate: config.rate }),
      disposeParameter,
    );
    this.#cores = this.parameters.map(({ weights }) => weights);
    this.#write(context.training?.initialCores(config, this.#shape, context) ?? []);
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const cores = this.#cores;
    if (this.#prefixes && !training) return asLookup(this.#prefixes.run(ids, cores));
    this.#prefixes?.drop();
    const rows = this.#tt.run(ids, () => ({ cores }));
    if (!training) return asLookup(rows);
    const gradients = (pool: PoolBackward, use?: UseAtOnce): SparseGradient[] =>
      this.#training!.ttGradients(this.#trained, rows, pool, use);
    return { ...asLookup(rows), gradients };
  }

  gradientsOfRows(ids: Uint32Array, values: Float32Array): SparseGradient[] {
    this.#prefixes?.drop();
    return this.#training!.ttGradientsOfRows(this.#trained, ids, values);
  }

  get #trained() {
    const [backend, workspace, forward] = [this.#backend, this.#workspace, this.#tt];
    return { backend, workspace, forward, parameters: this.parameters };
  }

  get tt(): TableTT {
    const cores = () => Promise.all(this.parameters.map(({ weights }) => this.#backend.read(weights)));
    return { shape: this.#shape, cores };
  }

  async copyFrom({ tt }: EmbeddingTable): Promise<'direct' | undefined> {
    if (!tt || !sameShape(tt.shape, this.#shape)) return undefined;
    this.#write(await tt.cores());
    return 'direct';
  }

  /** TT-SVD at the ranks of the table; by row weights where they are given. Loaded when it is used: scoring needs no decomposition. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const { fitTT } = await fittingOf(this.#training);
    this.#write(await fitTT(source, this.#shape, options));
  }

  dispose(): void {
    this.#workspace.dispose();
    this.#prefixes?.dispose();
    for (const parameter of this.parameters) disposeParameter(parameter);
  }

  #write(cores: readonly Float32Array[]): void {
    cores.forEach((core, k) => this.#backend.write(this.parameters[k]!.weights, core));
  }
}

/** Rows to be read alone. */
function asLookup({ args, distinct, lookupRow }: TTForwardRows): Lookup {
  return { rows: wholeBlock(args.values.at(-1)!, distinct), lookupRow, gradients: () => [] };
}

/** A row of a core is a slice that many rows of the table share, so one step size for it has no meaning of its own. */
export function refuseRowwise(optimizer: OptimizerConfig): void {
  if (!optimizer.rule.startsWith('rowwise-')) return;
  throw error('unsupported-optimizer', {
    subject: 'table kind "tt"',
    rule: 'trains with sgd, adagrad, adam or ftrl, for its cores have no rows of the table',
    got: optimizer.rule,
    hint: `Choose "${optimizer.rule.slice('rowwise-'.length)}".`,
  });
}
