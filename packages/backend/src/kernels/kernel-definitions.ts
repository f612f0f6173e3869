import type { Block, DeviceBuffer, Range } from '../buffer.ts';

export type Activation = 'identity' | 'relu';
export type Pooling = 'sum' | 'mean';
export type OptimizerRule = 'sgd' | 'adagrad' | 'rowwise-adagrad' | 'adam' | 'rowwise-adam' | 'ftrl';

/** `out = activation(op(a) · op(b) + bias)`, with `op(a)` [m, k], `op(b)` [k, n], `bias` [1, n], `out` [m, n]. */
export interface MatmulArgs {
  readonly a: Block;
  readonly b: Block;
  readonly out: Block;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly bias?: Block | undefined;
  readonly activation?: Activation | undefined;
}

/**
 * The gradient of `y = activation(x + bias)`: `gradient` [m, n] holds dL/dy and becomes dL/dx in place, from `output` = y;
 * `gradBias` [1, n] becomes its column sums, rows added in ascending order.
 */
export interface BiasActivationBackwardArgs {
  readonly output: Block;
  readonly gradient: Block;
  readonly gradBias: Block;
  readonly activation: Activation;
}

/**
 * Which rows the bags of a batch read. L lookups, `bags` bags, U distinct rows.
 *
 * Bags of several features that share a table come one feature after another: bag `g` is row `g % B` of its feature's
 * column block `columns[floor(g / B)]`, where `bags = B · columns.length`.
 */
export interface BagIndex {
  readonly bags: number;
  /** [bags + 1], ascending from 0 to L. Bag g holds the lookups `offsets[g] … offsets[g + 1] - 1`. */
  readonly offsets: Range;
  /** [L]: the row of `rows` that lookup l reads. */
  readonly lookupRow: Range;
}

/** The same index seen from the rows: each row's lookups, ascending, so that gradients are added in one fixed order. */
export interface BagIndexByRow {
  /** U. */
  readonly rows: number;
  /** [U + 1]: row u has the lookups `rowLookups[rowOffsets[u] … rowOffsets[u + 1] - 1]`. */
  readonly rowOffsets: Range;
  /** [L]: positions of lookups, grouped by row. */
  readonly rowLookups: Range;
  /** [L]: the bag of each lookup. */
  readonly lookupBag: Range;
}

/** `out[b, columns[f] + j] = sum over lookups l of bag (f, b) of weight_l · rows[lookupRow[l], j]`; an empty bag is 0. */
export interface BagForwardArgs {
  /** [R, D]: a whole table, or the distinct rows that a kernel before this one computed. */
  readonly rows: Block;
  readonly index: BagIndex;
  readonly pooling: Pooling;
  /** [L], with sum pooling only. */
  readonly weights?: Range | undefined;
  /** [B, …]: holds one D-wide column block a feature. */
  readonly out: Block;
  readonly columns: readonly number[];
}

/** `gradRows[u] = sum over the lookups l of row u, ascending, of weight_l · gradOut[bag of l]`, with 1 / |bag| for mean. */
export interface BagBackwardArgs {
  readonly gradOut: Block;
  readonly columns: readonly number[];
  readonly index: BagIndex;
  readonly byRow: BagIndexByRow;
  readonly pooling: Pooling;
  readonly weights?: Range | undefined;
  /** [U, D], overwritten. */
  readonly gradRows: Block;
}

/** Column factors and ranks of a TT-matrix; core k is a buffer [p_k, r_k·q_k·r_{k+1}], one row a slice. */
export interface TTLayout {
  /** q_0 … q_{d-1}. */
  readonly colShape: readonly number[];
  /** r_0 … r_d, both ends 1; r_d is more where a forward walks the leading cores of a longer train for its prefixes. */
  readonly ranks: readonly number[];
}

/**
 * One level of the batch trie: n nodes sorted by prefix, S distinct row digits ("slices") among them.
 * Node j of level k stands for one prefix of k + 1 row digits. Level 0 has no parents; the last level's nodes are the
 * distinct rows, ascending.
 */
export interface TrieLevel {
  readonly nodes: number;
  readonly slices: number;
  /** [n]: row digit of each node, below p_k. */
  readonly digit: Range;
  /** [n]: position of the parent in the level above, ascending; absent at level 0. */
  readonly parent?: Range;
  /** [n above + 1]: children of parent p are the nodes `childOffsets[p] … childOffsets[p + 1] - 1`; absent at level 0. */
  readonly childOffsets?: Range;
  /** [S]: the distinct digits, ascending. */
  readonly sliceDigit: Range;
  /** [S + 1]: slice s is used by the nodes `sliceNodes[sliceOffsets[s] … sliceOffsets[s + 1] - 1]`. */
  readonly sliceOffsets: Range;
  /** [n]: nodes grouped by slice, ascending within one. */
  readonly sliceNodes: Range;
}

/**
 * Walks the trie down. With Q_k = q_0 … q_k, node j's value is the matrix [Q_k, r_{k+1}]:
 * its slice at level 0, else `value(parent) [Q_{k-1}, r_k] · slice(digit) [r_k, q_k·r_{k+1}]`, reread as [Q_k, r_{k+1}].
 * The last level's values are the rows [U, D].
 */
export interface TTForwardArgs {
  readonly layout: TTLayout;
  readonly cores: readonly DeviceBuffer[];
  readonly levels: readonly TrieLevel[];
  /** One a level: [at least n_k, Q_k·r_{k+1}]. The first n_k rows are written. */
  readonly values: readonly DeviceBuffer[];
}

/**
 * Walks the trie up. Reads `gradValues[d-1]` (dL/drows), writes the other levels' node gradients,
 * and writes `gradCores[k]` [at least S_k, r_k·q_k·r_{k+1}], row s the gradient of slice `sliceDigit[s]`,
 * nodes added in the order of `sliceNodes`, children in ascending order.
 */
export interface TTBackwardArgs extends TTForwardArgs {
  readonly gradValues: readonly DeviceBuffer[];
  readonly gradCores: readonly DeviceBuffer[];
  /**
   * Trains the slices too, as `update` does with the rows `sliceDigit` of each core. Engines then need not write gradients of
   * slices: the contents of `gradCores` are undefined.
   */
  readonly update?: CoreUpdate | undefined;
}

/** One optimizer step of all cores. */
export interface CoreUpdate extends Omit<UpdateArgs, 'weights' | 'gradients' | 'state' | 'rows'> {
  /** One a core, where the rule has one. */
  readonly states?: readonly DeviceBuffer[] | undefined;
}

/**
 * Dot products of all pairs of F feature vectors: `features` [B, F·D].
 * `out` [B, (D if passThrough) + P]: the first feature as it is (if `passThrough`), then the pairs (i, j), j < i
 * (j ≤ i with `selfInteraction`), row by row of the lower triangle. P = F(F∓1)/2.
 */
export interface DotInteractionArgs {
  readonly features: Block;
  readonly featureCount: number;
  readonly selfInteraction: boolean;
  readonly passThrough: boolean;
  readonly out: Block;
}

/** `gradFeatures` [B, F·D] from `gradOut`, overwritten. */
export interface DotInteractionBackwardArgs {
  readonly features: Block;
  readonly featureCount: number;
  readonly selfInteraction: boolean;
  readonly passThrough: boolean;
  readonly gradOut: Block;
  readonly gradFeatures: Block;
}

/**
 * Binary cross-entropy on logits z with labels y in [0, 1], without overflow:
 * `losses = max(z, 0) - z·y + log(1 + exp(-|z|))`, `gradLogits = scale · (sigmoid(z) - y)`; all [B, 1].
 */
export interface BceWithLogitsArgs {
  readonly logits: Block;
  readonly labels: Block;
  readonly losses: Block;
  readonly gradLogits: Block;
  readonly scale: number;
}

/**
 * One optimizer step, in place. Row i of `gradients` belongs to row `rows[i]` of `weights` (to row i when `rows` is
 * absent); `rows` holds no row twice. Other rows, and their state, stay as they are. `state` is [rows, `stateCols`]:
 *
 * - `sgd`: none. `w -= lr·g`
 * - `adagrad`: the sum of g². `w -= lr·g / (sqrt(sum) + epsilon)`
 * - `rowwise-adagrad`: the sum of the row's means of g², one number.
 * - `adam` (Kingma and Ba 2015): [m | v], `m = beta1·m + (1 - beta1)·g`, `v = beta2·v + (1 - beta2)·g²`,
 *   `w -= lr / (1 - beta1^step) · m / (sqrt(v) / sqrt(1 - beta2^step) + epsilon)`
 * - `rowwise-adam`: [m | v] with one v a row, of the row's mean of g².
 * - `ftrl` (McMahan et al. 2013): [z | n], `z += g - (sqrt(n + g²) - sqrt(n)) / lr · w`, `n += g²`,
 *   `w = |z| ≤ l1 ? 0 : -(z - sign(z)·l1) / ((epsilon + sqrt(n)) / lr + l2)`; at a learning rate of 0, nothing
 */
export interface UpdateArgs {
  readonly rule: OptimizerRule;
  readonly weights: DeviceBuffer;
  readonly gradients: Block;
  readonly state?: DeviceBuffer | undefined;
  readonly rows?: Range | undefined;
  readonly learningRate: number;
  readonly epsilon: number;
  /** Steps done, this one included: with the rules of Adam only, like `beta1` and `beta2`. */
  readonly step?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  /** With `ftrl` only, and 0 by default, like `l2`. */
  readonly l1?: number;
  readonly l2?: number;
}

/**
 * What goes before an update, in this order; rows as for `update`:
 *
 * 1. `clip`: `g *= min(1, norm / (sqrt(sum of squares) + 1e-6))`, as `clip_grad_norm_` of PyTorch.
 * 2. `l2`: `g += min(l2·k, 1 / learningRate)·w`, with k = 1, or with `lastStep` [rows, 1] the steps since the row's last,
 *    `(step - lastStep) mod 2^24`, after which `lastStep = step mod 2^24`: a row is regularised for the steps in which no
 *    batch read it when one does.
 * 3. `weightDecay`: `w *= 1 - learningRate·weightDecay`.
 */
export interface RegularizeArgs {
  readonly weights: DeviceBuffer;
  /** Changed in place. */
  readonly gradients: Block;
  readonly rows?: Range | undefined;
  readonly learningRate: number;
  /** 0 by default, like `weightDecay`. */
  readonly l2?: number;
  readonly weightDecay?: number;
  readonly lastStep?: DeviceBuffer;
  /** Steps done, this one included; with `lastStep`. */
  readonly step?: number;
  /** `squares` [1, n]: sums of squares, together those of all gradients. */
  readonly clip?: { readonly squares: Block; readonly norm: number };
}

/** `out` [1, 1] becomes the sum of the squares of `a`, added in one fixed order. */
export interface SumOfSquaresArgs {
  readonly a: Block;
  readonly out: Block;
}

export interface FillArgs {
  readonly out: Block;
  readonly value: number;
}

/** Copies a block onto one of the same shape. */
export interface CopyArgs {
  readonly from: Block;
  readonly to: Block;
}

/** `out = a ∘ b`, element by element; all of one shape. `out` may be `a` or `b` itself. */
export interface MultiplyArgs {
  readonly a: Block;
  readonly b: Block;
  readonly out: Block;
}

/** `out = alpha·a + beta·b`, element by element; all of one shape. `out` may be `a` or `b` itself. */
export interface AddArgs {
  readonly a: Block;
  readonly b: Block;
  readonly out: Block;
  /** 1 by default, like `beta`. */
  readonly alpha?: number;
  readonly beta?: number;
}

/** The whole kernel set, name to arguments. */
export interface KernelArgs {
  readonly matmul: MatmulArgs;
  readonly biasActivationBackward: BiasActivationBackwardArgs;
  readonly bagForward: BagForwardArgs;
  readonly bagBackward: BagBackwardArgs;
  readonly ttForward: TTForwardArgs;
  readonly ttBackward: TTBackwardArgs;
  readonly dotInteraction: DotInteractionArgs;
  readonly dotInteractionBackward: DotInteractionBackwardArgs;
  readonly bceWithLogits: BceWithLogitsArgs;
  readonly update: UpdateArgs;
  readonly regularize: RegularizeArgs;
  readonly sumOfSquares: SumOfSquaresArgs;
  readonly fill: FillArgs;
  readonly copy: CopyArgs;
  readonly multiply: MultiplyArgs;
  readonly add: AddArgs;
}

export type KernelName = keyof KernelArgs;

/** One function a kernel. A backend enqueues; a driver computes or sends off. */
export type Kernels = { readonly [Name in KernelName]: (args: KernelArgs[Name]) => void };

export const kernelNames = [
  'matmul',
  'biasActivationBackward',
  'bagForward',
  'bagBackward',
  'ttForward',
  'ttBackward',
  'dotInteraction',
  'dotInteractionBackward',
  'bceWithLogits',
  'update',
  'regularize',
  'sumOfSquares',
  'fill',
  'copy',
  'multiply',
  'add',
] as const satisfies readonly KernelName[];
