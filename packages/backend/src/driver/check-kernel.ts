import { isTtrecError } from '@ttrec/core';
import { checkOptions, type AnyOptionRules } from '@ttrec/core/options';
import type { Block, DeviceBuffer, Range } from '../buffer.ts';
import { error } from '../error.ts';
import { kernelArguments } from './kernel-arguments.ts';
import { updateCores } from '../kernels/core-update.ts';
import { interactionWidth, sliceLength, stateCols, valueLength } from '../kernels/layout.ts';
import type {
  Activation,
  BagForwardArgs,
  DotInteractionArgs,
  KernelArgs,
  KernelName,
  OptimizerRule,
  Pooling,
  TTBackwardArgs,
  TTForwardArgs,
  UpdateArgs,
} from '../kernels/kernel-definitions.ts';

type RequireOwn = (buffer: DeviceBuffer) => unknown;

/**
 * Checks a kernel's arguments: buffers alive, own and of the right type, blocks inside them, shapes that fit together.
 * Costs a few comparisons a call; values of positions are the caller's promise (embeddings checks ids against N).
 *
 * @throws `backend/disposed`, `backend/bad-block`, `backend/shape-mismatch`, `backend/overlap`
 */
export function checkKernel<Name extends KernelName>(
  name: Name,
  args: KernelArgs[Name],
  requireOwn: RequireOwn,
): void {
  requireKnown(name, args);
  try {
    checks[name](args, new Checker(name, requireOwn));
  } catch (thrown) {
    throw isTtrecError(thrown) ? thrown : incomplete(name, thrown);
  }
}

/** The checks take for granted that there is a block where there has to be one: what they stumble over is missing. */
function incomplete(name: KernelName, cause: unknown): Error {
  const rule = 'must have every block, range and buffer that the kernel takes';
  return error('bad-block', { subject: `${name}, arguments`, rule, cause });
}

/** A misspelt argument would be left out, and other numbers computed than were asked for. */
function requireKnown(name: KernelName, args: object): void {
  const known: AnyOptionRules = kernelArguments[name];
  if (typeof args !== 'object' || (args as unknown) === null) checkOptions<object>(error, name, args, known);
  for (const argument in args)
    if (known[argument] === undefined) checkOptions<object>(error, name, args, known);
}

/**
 * The rules for one call, with the kernel and the argument for messages. A message is put together
 * only when its rule is broken: a model of 26 tables checks some hundred rules a batch.
 */
class Checker {
  readonly #kernel: KernelName;
  readonly #requireOwn: RequireOwn;

  constructor(kernel: KernelName, requireOwn: RequireOwn) {
    this.#kernel = kernel;
    this.#requireOwn = requireOwn;
  }

  block(name: string, block: Block, rows: number, cols: number): void {
    this.#requireOwn(block.buffer);
    const { buffer } = block;
    const inside =
      isSpan(block.row, block.rows, buffer.rows) && isSpan(block.column, block.cols, buffer.cols);
    if (!inside || buffer.dtype !== 'float32') {
      throw error('bad-block', {
        subject: `${this.#kernel} ${name}`,
        rule: `must be a float32 block inside "${buffer.label}" (${buffer.rows} x ${buffer.cols}, ${buffer.dtype})`,
        got: `${block.rows} x ${block.cols} at ${block.row}, ${block.column}`,
      });
    }
    this.equal(`${name} rows`, block.rows, rows);
    this.equal(`${name} cols`, block.cols, cols);
  }

  /** A float32 buffer with exactly `cols` columns and at least `rows` rows. */
  rows(name: string, buffer: DeviceBuffer, rows: number, cols: number): void {
    this.#requireOwn(buffer);
    this.that(buffer.dtype === 'float32', name, 'must be a float32 buffer', buffer.dtype);
    this.equal(`${name} cols`, buffer.cols, cols);
    if (buffer.rows < rows) throw this.mismatch(name, `must have at least ${rows} rows`, buffer.rows);
  }

  range(
    name: string,
    range: Range | undefined,
    length: number,
    dtype: 'uint32' | 'float32' = 'uint32',
  ): void {
    if (range === undefined) throw this.mismatch(name, 'must be given', 'nothing');
    this.#requireOwn(range.buffer);
    const size = range.buffer.rows * range.buffer.cols;
    if (!isSpan(range.start, range.length, size) || range.buffer.dtype !== dtype) {
      throw error('bad-block', {
        subject: `${this.#kernel} ${name}`,
        rule: `must be a ${dtype} range inside "${range.buffer.label}" (${size} elements, ${range.buffer.dtype})`,
        got: `${range.length} from ${range.start}`,
      });
    }
    this.equal(`${name} length`, range.length, length);
  }

  /** The output shares no element with any of the inputs. */
  apart(name: string, out: Block, inputs: Readonly<Record<string, Block | undefined>>): void {
    for (const input in inputs) {
      const block = inputs[input];
      if (block === undefined || !overlap(out, block)) continue;
      throw error('overlap', {
        subject: `${this.#kernel} ${name}`,
        rule: `must not overlap ${input} in "${out.buffer.label}"`,
        got: `${out.rows} x ${out.cols} at ${out.row}, ${out.column}`,
      });
    }
  }

  /** The output is an input itself, or shares no element with it. */
  apartOrSame(name: string, out: Block, inputs: Readonly<Record<string, Block>>): void {
    for (const [input, block] of Object.entries(inputs))
      if (!sameBlock(block, out)) this.apart(name, out, { [input]: block });
  }

  flag(name: string, got: boolean | undefined): void {
    this.that(got === undefined || typeof got === 'boolean', name, 'must be true or false', got);
  }

  oneOf(name: string, got: string, known: readonly string[]): void {
    if (!known.includes(got)) throw this.mismatch(name, `must be one of ${known.join(', ')}`, got);
  }

  step(got: number | undefined): void {
    this.that(Number.isSafeInteger(got) && got! >= 1, 'step', 'must be an integer from 1', got);
  }

  equal(name: string, got: number, expected: number): void {
    if (got !== expected) throw this.mismatch(name, `must be ${expected}`, got);
  }

  that(holds: boolean, name: string, rule: string, got: unknown): void {
    if (!holds) throw this.mismatch(name, rule, got);
  }

  mismatch(name: string, rule: string, got: unknown): Error {
    return error('shape-mismatch', { subject: `${this.#kernel} ${name}`, rule, got });
  }
}

/** Whether `length` elements from `start` lie within `size`. */
function isSpan(start: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(length) &&
    start >= 0 &&
    length >= 0 &&
    start + length <= size
  );
}

function overlap(a: Block, b: Block): boolean {
  return (
    a.buffer === b.buffer &&
    a.row < b.row + b.rows &&
    b.row < a.row + a.rows &&
    a.column < b.column + b.cols &&
    b.column < a.column + a.cols
  );
}

const activations: readonly Activation[] = ['identity', 'relu'];
const poolings: readonly Pooling[] = ['sum', 'mean'];
const optimizerRules: readonly OptimizerRule[] = [
  'sgd',
  'adagrad',
  'rowwise-adagrad',
  'adam',
  'rowwise-adam',
  'ftrl',
];

const checks: { [Name in KernelName]: (args: KernelArgs[Name], check: Checker) => void } = {
  matmul({ a, b, out, transposeA, transposeB, bias, activation }, check) {
    check.flag('transposeA', transposeA);
    check.flag('transposeB', transposeB);
    const inner = transposeA ? a.rows : a.cols;
    check.block('a', a, transposeA ? inner : out.rows, transposeA ? out.rows : inner);
    check.block('b', b, transposeB ? out.cols : inner, transposeB ? inner : out.cols);
    check.block('out', out, out.rows, out.cols);
    if (bias) check.block('bias', bias, 1, out.cols);
    if (activation !== undefined) check.oneOf('activation', activation, activations);
    check.apart('out', out, { a, b, bias });
  },

  biasActivationBackward({ output, gradient, gradBias, activation }, check) {
    check.block('gradient', gradient, gradient.rows, gradient.cols);
    check.block('output', output, gradient.rows, gradient.cols);
    check.block('gradBias', gradBias, 1, gradient.cols);
    check.oneOf('activation', activation, activations);
    check.apart('gradient', gradient, { output });
    check.apart('gradBias', gradBias, { output, gradient });
  },

  bagForward(args, check) {
    check.block('rows', args.rows, args.rows.rows, args.rows.cols);
    check.block('out', args.out, args.out.rows, args.out.cols);
    checkBags(args, args.out, args.rows.cols, check);
    check.apart('out', args.out, { rows: args.rows });
  },

  bagBackward(args, check) {
    const { byRow, gradRows, index } = args;
    check.block('gradOut', args.gradOut, args.gradOut.rows, args.gradOut.cols);
    check.block('gradRows', gradRows, byRow.rows, gradRows.cols);
    checkBags(args, args.gradOut, gradRows.cols, check);
    check.range('rowOffsets', byRow.rowOffsets, byRow.rows + 1);
    check.range('rowLookups', byRow.rowLookups, index.lookupRow.length);
    check.range('lookupBag', byRow.lookupBag, index.lookupRow.length);
    check.apart('gradRows', gradRows, { gradOut: args.gradOut });
  },

  ttForward: checkTrie,

  ttBackward(args, check) {
    checkTrie(args, check);
    const { layout, levels, gradValues, gradCores } = args;
    check.equal('gradValues', gradValues.length, levels.length);
    check.equal('gradCores', gradCores.length, levels.length);
    levels.forEach((level, k) => {
      check.rows(`gradValues[${k}]`, gradValues[k]!, level.nodes, valueLength(layout, k));
      check.rows(`gradCores[${k}]`, gradCores[k]!, level.slices, sliceLength(layout, k));
    });
    updateCores(args, (update) => checkUpdate(update, check));
  },

  dotInteraction({ out, ...args }, check) {
    checkInteraction(args, { out }, check);
    check.apart('out', out, { features: args.features });
  },

  dotInteractionBackward({ gradOut, gradFeatures, ...args }, check) {
    const { features } = args;
    checkInteraction(args, { gradOut }, check);
    check.block('gradFeatures', gradFeatures, gradOut.rows, features.cols);
    check.apart('gradFeatures', gradFeatures, { features, gradOut });
  },

  bceWithLogits({ logits, labels, losses, gradLogits }, check) {
    check.block('logits', logits, logits.rows, 1);
    check.block('labels', labels, logits.rows, 1);
    check.block('losses', losses, logits.rows, 1);
    check.block('gradLogits', gradLogits, logits.rows, 1);
    check.apart('losses', losses, { logits, labels, gradLogits });
    check.apart('gradLogits', gradLogits, { logits, labels });
  },

  update: checkUpdate,

  regularize({ weights, gradients, rows, lastStep, step, clip }, check) {
    checkRows(weights, gradients, rows, check);
    if (lastStep) {
      check.rows('lastStep', lastStep, weights.rows, 1);
      check.step(step);
    }
    if (clip) {
      check.block('clip.squares', clip.squares, 1, clip.squares.cols);
      check.that(clip.norm > 0, 'clip.norm', 'must be above 0', clip.norm);
      check.apart('gradients', gradients, { 'clip.squares': clip.squares });
    }
  },

  sumOfSquares({ a, out }, check) {
    check.block('a', a, a.rows, a.cols);
    check.block('out', out, 1, 1);
    check.apart('out', out, { a });
  },

  fill({ out }, check) {
    check.block('out', out, out.rows, out.cols);
  },

  copy({ from, to }, check) {
    check.block('from', from, to.rows, to.cols);
    check.block('to', to, to.rows, to.cols);
    check.apart('to', to, { from });
  },

  multiply({ a, b, out }, check) {
    check.block('a', a, out.rows, out.cols);
    check.block('b', b, out.rows, out.cols);
    check.block('out', out, out.rows, out.cols);
    check.apartOrSame('out', out, { a, b });
  },

  add({ a, b, out }, check) {
    check.block('a', a, out.rows, out.cols);
    check.block('b', b, out.rows, out.cols);
    check.block('out', out, out.rows, out.cols);
    check.apartOrSame('out', out, { a, b });
  },
};

function sameBlock(a: Block, b: Block): boolean {
  return a.buffer === b.buffer && a.row === b.row && a.column === b.column;
}

/** @param pairs the block of the pairs, by its name */
function checkInteraction(
  args: Omit<DotInteractionArgs, 'out'>,
  pairs: Readonly<Record<string, Block>>,
  check: Checker,
): void {
  const { features, featureCount, selfInteraction, passThrough } = args;
  check.flag('selfInteraction', selfInteraction);
  check.flag('passThrough', passThrough);
  const [[name, block]] = Object.entries(pairs) as [[string, Block]];
  check.block('features', features, block.rows, features.cols);
  check.equal('features cols modulo featureCount', features.cols % featureCount, 0);
  check.block(name, block, block.rows, interactionWidth({ ...args, featureCols: features.cols }));
}

function checkBags(
  args: Omit<BagForwardArgs, 'rows' | 'out'>,
  bagRows: Block,
  dim: number,
  check: Checker,
): void {
  const { index, columns, weights, pooling } = args;
  check.oneOf('pooling', pooling, poolings);
  check.equal('index.bags', index.bags, bagRows.rows * columns.length);
  check.range('offsets', index.offsets, index.bags + 1);
  check.range('lookupRow', index.lookupRow, index.lookupRow.length);
  for (const column of columns) {
    if (column >= 0 && column + dim <= bagRows.cols) continue;
    throw check.mismatch('columns', `must leave ${dim} of ${bagRows.cols} columns`, column);
  }
  if (weights) {
    check.that(pooling === 'sum', 'weights', 'go with sum pooling only', pooling);
    check.range('weights', weights, index.lookupRow.length, 'float32');
  }
}

function checkTrie({ layout, cores, levels, values }: TTForwardArgs | TTBackwardArgs, check: Checker): void {
  const depth = layout.colShape.length;
  check.equal('ranks', layout.ranks.length, depth + 1);
  check.equal('cores', cores.length, depth);
  check.equal('levels', levels.length, depth);
  check.equal('values', values.length, depth);
  levels.forEach((level, k) => {
    const at = `level ${k}`;
    check.rows(`cores[${k}]`, cores[k]!, 1, sliceLength(layout, k));
    check.rows(`values[${k}]`, values[k]!, level.nodes, valueLength(layout, k));
    check.range(`${at} digit`, level.digit, level.nodes);
    check.range(`${at} sliceDigit`, level.sliceDigit, level.slices);
    check.range(`${at} sliceOffsets`, level.sliceOffsets, level.slices + 1);
    check.range(`${at} sliceNodes`, level.sliceNodes, level.nodes);
    if (k === 0) return;
    check.range(`${at} parent`, level.parent, level.nodes);
    check.range(`${at} childOffsets`, level.childOffsets, levels[k - 1]!.nodes + 1);
  });
}

function checkRows(weights: DeviceBuffer, gradients: Block, rows: Range | undefined, check: Checker): void {
  check.rows('weights', weights, 1, gradients.cols);
  check.block('gradients', gradients, rows ? rows.length : weights.rows, weights.cols);
  if (rows) check.range('rows', rows, gradients.rows);
}

function checkUpdate(args: UpdateArgs, check: Checker): void {
  const { rule, weights, gradients, state, rows, step, beta1, beta2 } = args;
  check.oneOf('rule', rule, optimizerRules);
  checkRows(weights, gradients, rows, check);
  if (rule === 'sgd') check.that(state === undefined, 'state', 'must be absent for sgd', 'a buffer');
  else if (state === undefined) check.that(false, 'state', `must be given for ${rule}`, 'nothing');
  else check.rows('state', state, weights.rows, stateCols(rule, weights.cols));
  if (rule !== 'adam' && rule !== 'rowwise-adam') return;
  check.step(step);
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    check.that(beta !== undefined && beta >= 0 && beta < 1, name, 'must be from 0 to below 1', beta);
}
