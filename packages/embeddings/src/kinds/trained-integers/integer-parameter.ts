import { product } from '@ttrec/core';
import { wholeBlock, type Block } from '@ttrec/backend';
import { stateCols } from '@ttrec/backend/kernels';
import { Workspace } from '../../lookup/workspace.ts';
import { keepsLastStep, type OptimizerConfig } from '../../optimizers/optimizer.ts';
import { noneNegative, type HostTensor } from '../../state/host-tensor.ts';
import type { TableContext, TableParameter } from '../../table/embedding-table.ts';
import { stateNames } from '../../table/training-parameter.ts';
import { IntegerMatrix, type IntegerMatrixSize } from './integer-matrix.ts';
import { RoundingKeys } from './rounding.ts';

/** Rows of a parameter on the backend, for a step of the optimizer. */
interface TouchedRows {
  readonly rows: Uint32Array;
  readonly blocks: readonly Block[];
}

export interface IntegerParameterOptions extends Pick<IntegerMatrixSize, 'bits' | 'per'> {
  readonly shape: readonly number[];
  /** What the largest level is to reach, in learning rates. */
  readonly range: number;
}

/**
 * A parameter that is trained in integers, without float numbers behind them. A lookup uploads the rows that it touches, with their
 * optimizer state; the engine updates those as it does any rows; afterwards they are read back and rounded at random.
 */
export class IntegerParameter {
  readonly name: string;
  readonly matrix: IntegerMatrix;
  readonly hostTensors: readonly HostTensor[];
  readonly #options: IntegerParameterOptions;
  readonly #workspace: Workspace;
  /** Optimizer state [rows · …], and the last step of each row, as far as the rule has them. */
  readonly #kept: readonly Kept[];
  /** The word of the table, and updates done. */
  readonly #rounding = new Uint32Array(2);
  #touched: TouchedRows | undefined;

  constructor(context: TableContext, name: string, options: IntegerParameterOptions) {
    const { path = '', optimizer, stream } = context;
    const [rows, ...rest] = options.shape as [number, ...number[]];
    const cols = product(rest);
    this.name = `${path}${name}`;
    this.#options = options;
    this.#workspace = new Workspace(context.backend, `${context.name}/${name}`);
    this.matrix = new IntegerMatrix({ ...options, rows, cols });
    this.#rounding[0] = stream.child(`${name}/rounding`).wordAt(0);
    this.#kept = keptOf(optimizer, rows, cols);
    this.hostTensors = [
      ...this.matrix.tensors(this.name, options.shape),
      ...this.#kept.map((kept) => keptTensor(kept, this.name, { rows, cols })),
      { name: `${this.name}.rounding`, role: 'training', dtype: 'U32', shape: [2], data: this.#rounding },
    ];
  }

  /** Uploads rows [U] as float32, and for training what the optimizer keeps of them. */
  upload(rows: Uint32Array, training: boolean): Block {
    const { cols } = this.matrix;
    const values = this.#workspace.uploaded('rows', rows.length, cols, (out) => this.matrix.get(rows, out));
    const block = wholeBlock(values, rows.length);
    this.#touched = undefined;
    if (!training) return block;
    const kept = this.#kept.map(({ part, width, data }) => {
      const fill = (out: Float32Array) =>
        rows.forEach((row, u) => out.set(data.subarray(row * width, (row + 1) * width), u * width));
      // As many rows as the weights, which may have grown by a lookup without training.
      this.#workspace.matrix(part, values.rows, width);
      return wholeBlock(this.#workspace.uploaded(part, rows.length, width, fill), rows.length);
    });
    this.#touched = { rows: rows.slice(), blocks: [block, ...kept] };
    return block;
  }

  /** The rows uploaded last, as a parameter of their own. */
  get touched(): TableParameter {
    const [weights, ...kept] = this.#touched!.blocks as [Block, ...Block[]];
    const buffers = Object.fromEntries(this.#kept.map(({ part }, k) => [part, kept[k]!.buffer]));
    return {
      name: this.name,
      shape: this.#options.shape,
      weights: weights.buffer,
      ...(buffers as Pick<TableParameter, 'state' | 'lastStep'>),
    };
  }

  /** What a step changes on the backend; none without a lookup for training before. */
  get sources(): readonly Block[] {
    return this.#touched?.blocks ?? [];
  }

  /** Takes over what `sources` hold after a step. */
  takeOver([values, ...kept]: readonly Float32Array[], learningRate: number): void {
    const touched = this.#touched;
    if (!touched || !values) return;
    const { rows } = touched;
    this.#touched = undefined;
    const keys = this.#keys();
    this.matrix.raise(this.#options.range * learningRate, keys);
    this.matrix.round(rows, values, keys);
    this.#kept.forEach(({ width, data }, k) =>
      rows.forEach((row, u) => data.set(kept[k]!.subarray(u * width, (u + 1) * width), row * width)),
    );
    this.#rounding[1]!++;
  }

  /** Forgets what a lookup for training left. */
  forget(): void {
    this.#touched = undefined;
  }

  /** After new numbers were written: the optimizer begins anew. */
  reset(): void {
    this.forget();
    for (const { data } of this.#kept) data.fill(0);
    this.#rounding[1] = 0;
  }

  stateLoaded(): void {
    this.forget();
    this.matrix.stateLoaded(this.#keys());
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  #keys(): RoundingKeys {
    return new RoundingKeys(this.#rounding[0]!, this.#rounding[1]!);
  }
}

/** Bytes of a parameter in training, all on the host. */
export function integerTrainingBytes(size: IntegerMatrixSize, optimizer: OptimizerConfig): number {
  const kept = keptWidths(optimizer, size.cols);
  return IntegerMatrix.bytes(size) + kept.reduce((sum, { width }) => sum + 4 * width * size.rows, 0) + 8;
}

/** Numbers that the optimizer keeps of each row. */
interface Kept {
  readonly part: 'state' | 'lastStep';
  /** A row. */
  readonly width: number;
  readonly suffix: string;
  readonly data: Float32Array;
}

function keptWidths(optimizer: OptimizerConfig, cols: number): Omit<Kept, 'data'>[] {
  const width = stateCols(optimizer.rule, cols);
  return [
    ...(width > 0 ? [{ part: 'state', width, suffix: stateNames[optimizer.rule]! } as const] : []),
    ...(keepsLastStep(optimizer) ? [{ part: 'lastStep', width: 1, suffix: 'lastStep' } as const] : []),
  ];
}

function keptOf(optimizer: OptimizerConfig, rows: number, cols: number): Kept[] {
  return keptWidths(optimizer, cols).map((kept) => ({ ...kept, data: new Float32Array(rows * kept.width) }));
}

/** Of moments the first half of a row is signed, the rest are squares. */
function keptTensor(
  { suffix, width, data }: Kept,
  name: string,
  { rows, cols }: { readonly rows: number; readonly cols: number },
): HostTensor {
  const signed = width > cols ? cols : 0;
  return {
    name: `${name}.${suffix}`,
    role: 'training',
    dtype: 'F32',
    shape: width === 1 ? [rows] : [rows, width],
    data,
    check: (values) => noneNegative(values.filter((_, i) => i % width >= signed)),
  };
}
