import {
  makeAll,
  wholeBlock,
  type Backend,
  type DeviceBuffer,
  type Range,
  type TrieLevel,
  type TTForwardArgs,
} from '@ttrec/backend';
import { initialiseCores, parameterCount, ttShape, type TTShape } from '@ttrec/tensor-train';
import { BatchTrieBuilder, type HostTrieLevel } from '../batch-trie.ts';
import { error } from '../error.ts';
import { fitTrain } from '../fit-train.ts';
import { ValueGrouper } from '../group-by-value.ts';
import { stateLength, type OptimizerConfig } from '../optimizer.ts';
import type { RowSource } from '../row-source.ts';
import type {
  EmbeddingTable,
  FitOptions,
  Lookup,
  PoolBackward,
  SparseGradient,
  TableContext,
  TableKind,
  TableParameter,
  TableSize,
} from '../table-kind.ts';
import { disposeParameter, trainingParameter } from '../training-parameter.ts';
import { Workspace } from '../workspace.ts';

/** A TT-matrix of d cores in place of the table. */
export interface TTConfig {
  readonly kind: 'tt';
  /** One rank for all inner places, the inner ranks [d - 1], or all ranks [d + 1]. */
  readonly ranks: number | readonly number[];
  /** d; 3 by default. */
  readonly cores?: number;
  /** p_k, [d]; by default the rule `rowShape` of @ttrec/tensor-train. */
  readonly rowShape?: readonly number[];
  /** q_k, [d]; by default `colShape`. */
  readonly colShape?: readonly number[];
  readonly initialisation?: {
    /** `gaussian` by default; `sampled-gaussian` is the TT-Rec paper's, with the tails kept at |x| ≥ 2. */
    readonly distribution?: 'gaussian' | 'sampled-gaussian';
    /** `rank-aware` by default: row variance 1/(3N) at any rank. `reference` is FBTT's scale, which misses it. */
    readonly scale?: 'rank-aware' | 'reference';
  };
}

/**
 * A TT-matrix in place of the table (Yin, Acun, Liu and Wu, "TT-Rec", MLSys 2021). A batch costs its trie: each distinct
 * prefix of row digits is computed once.
 */
export const ttKind: TableKind<TTConfig> = {
  cost(config, size, optimizer) {
    refuseRowwise(optimizer);
    const shape = shapeOf(config, size);
    const parameters = parameterCount(shape);
    const state = sliceShapes(shape).reduce(
      (sum, [p, ...slice]) => sum + stateLength(optimizer.rule, p!, product(slice)),
      0,
    );
    return {
      parameters,
      bytes: 4 * parameters,
      trainingBytes: 4 * (parameters + state),
      multiplyAddsPerLookup: rowMultiplyAdds(shape),
    };
  },
  create: (config, context) => new TTTable(config, context),
};

class TTTable implements EmbeddingTable {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly parameters: readonly TableParameter[];
  readonly #shape: TTShape;
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  readonly #grouper = new ValueGrouper();
  readonly #trie: BatchTrieBuilder;

  constructor(config: TTConfig, context: TableContext) {
    this.numEmbeddings = context.numEmbeddings;
    this.embeddingDim = context.embeddingDim;
    this.#shape = shapeOf(config, context);
    this.#backend = context.backend;
    this.#workspace = new Workspace(context.backend, context.name);
    this.#trie = new BatchTrieBuilder(this.#shape.rowShape);
    this.parameters = makeAll(
      sliceShapes(this.#shape),
      (shape, k) => trainingParameter(context, `core${k}`, shape),
      disposeParameter,
    );
    initialise(config, this.#shape, context, this.parameters);
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const groups = this.#grouper.group(ids);
    const levels = this.#trie.build(groups.values);
    const ranges = this.#workspace.positions('positions', [
      groups.groupOf,
      groups.offsets,
      groups.positions,
      ...levels.flatMap(arraysOf),
    ]);
    const [lookupRow, rowOffsets, rowLookups, ...trieRanges] = ranges as [Range, Range, Range, ...Range[]];
    const args = this.#forward(trieLevels(levels, trieRanges));
    const distinct = groups.distinct;
    const gradients = (pool: PoolBackward): SparseGradient[] => {
      const gradValues = this.#levelBuffers('gradValues', levels, args.values);
      pool({ rows: distinct, rowOffsets, rowLookups }, wholeBlock(gradValues.at(-1)!, distinct));
      return this.#backward(args, gradValues, levels);
    };
    return {
      rows: wholeBlock(args.values.at(-1)!, distinct),
      lookupRow,
      gradients: training ? gradients : () => [],
    };
  }

  /** TT-SVD at the ranks of the table; by row weights where they are given. */
  async fit(source: RowSource, options: FitOptions): Promise<void> {
    const cores = await fitTrain(source, this.#shape, options);
    cores.forEach((core, k) => this.#backend.write(this.parameters[k]!.weights, core));
  }

  dispose(): void {
    this.#workspace.dispose();
    for (const parameter of this.parameters) disposeParameter(parameter);
  }

  #forward(levels: readonly TrieLevel[]): TTForwardArgs {
    const { colShape, ranks } = this.#shape;
    let width = 1;
    const values = levels.map((level, k) => {
      width *= colShape[k]!;
      return this.#workspace.matrix(`values${k}`, level.nodes, width * ranks[k + 1]!);
    });
    const cores = this.parameters.map(({ weights }) => weights);
    const args = { layout: this.#shape, cores, levels, values };
    this.#backend.ttForward(args);
    return args;
  }

  #backward(
    args: TTForwardArgs,
    gradValues: DeviceBuffer[],
    levels: readonly HostTrieLevel[],
  ): SparseGradient[] {
    const gradCores = args.cores.map((core, k) =>
      this.#workspace.matrix(`gradCore${k}`, levels[k]!.slices, core.cols),
    );
    this.#backend.ttBackward({ ...args, gradValues, gradCores });
    return this.parameters.map((parameter, k) => ({
      parameter,
      gradients: wholeBlock(gradCores[k]!, levels[k]!.slices),
      rows: args.levels[k]!.sliceDigit,
      rowIds: levels[k]!.sliceDigit,
    }));
  }

  #levelBuffers(
    name: string,
    levels: readonly HostTrieLevel[],
    like: readonly DeviceBuffer[],
  ): DeviceBuffer[] {
    return levels.map((level, k) => this.#workspace.matrix(`${name}${k}`, level.nodes, like[k]!.cols));
  }
}

const arraysPerLevel = 6;

function arraysOf(level: HostTrieLevel): Uint32Array[] {
  const { digit, parent, childOffsets, sliceDigit, sliceOffsets, sliceNodes } = level;
  return [digit, parent, childOffsets, sliceDigit, sliceOffsets, sliceNodes];
}

/** Puts the uploaded ranges, in the order of `arraysOf`, back under their names. */
function trieLevels(levels: readonly HostTrieLevel[], ranges: readonly Range[]): TrieLevel[] {
  return levels.map(({ nodes, slices }, k) => {
    const own = ranges.slice(k * arraysPerLevel, (k + 1) * arraysPerLevel) as [
      Range,
      Range,
      Range,
      Range,
      Range,
      Range,
    ];
    const [digit, parent, childOffsets, sliceDigit, sliceOffsets, sliceNodes] = own;
    const level = { nodes, slices, digit, sliceDigit, sliceOffsets, sliceNodes };
    return k === 0 ? level : { ...level, parent, childOffsets };
  });
}

function shapeOf(config: TTConfig, size: TableSize): TTShape {
  const { ranks, cores, rowShape, colShape } = config;
  requireRanks(ranks);
  return ttShape({
    numRows: size.numEmbeddings,
    numCols: size.embeddingDim,
    ranks,
    ...(cores === undefined ? {} : { cores }),
    ...(rowShape === undefined ? {} : { rowShape }),
    ...(colShape === undefined ? {} : { colShape }),
  });
}

/** The one field without a default; ttShape checks the numbers. */
function requireRanks(ranks: unknown): void {
  if (typeof ranks === 'number' || Array.isArray(ranks)) return;
  throw error('bad-ranks', {
    subject: 'table kind "tt", ranks',
    rule: 'must be a number or a list of numbers',
    got: ranks,
  });
}

/** [p_k, r_k, q_k, r_{k+1}] for each core. */
function sliceShapes({ rowShape, colShape, ranks }: TTShape): number[][] {
  return rowShape.map((p, k) => [p, ranks[k]!, colShape[k]!, ranks[k + 1]!]);
}

function rowMultiplyAdds({ colShape, ranks }: TTShape): number {
  let width = 1;
  let total = 0;
  for (let k = 0; k < colShape.length; k++) {
    if (k > 0) total += width * ranks[k]! * colShape[k]! * ranks[k + 1]!;
    width *= colShape[k]!;
  }
  return total;
}

function product(extents: readonly number[]): number {
  return extents.reduce((result, extent) => result * extent, 1);
}

function initialise(
  config: TTConfig,
  shape: TTShape,
  context: TableContext,
  parameters: readonly TableParameter[],
): void {
  const cores = initialiseCores({
    shape,
    numRows: context.numEmbeddings,
    distribution: config.initialisation?.distribution ?? 'gaussian',
    scale: config.initialisation?.scale ?? 'rank-aware',
    stream: context.stream.child('cores'),
  });
  cores.forEach((core, k) => context.backend.write(parameters[k]!.weights, core));
}

/** A row of a core is a slice that many rows of the table share, so one step size for it has no meaning of its own. */
function refuseRowwise(optimizer: OptimizerConfig): void {
  if (optimizer.rule !== 'rowwise-adagrad') return;
  throw error('unsupported-optimizer', {
    subject: 'table kind "tt"',
    rule: 'trains with sgd or adagrad, for its cores have no rows of the table',
    got: optimizer.rule,
    hint: 'Choose "adagrad".',
  });
}
