import { wholeBlock, type DeviceBuffer } from '@ttrec/backend';
import { interactionWidth, sliceLength, stateCols, valueLength } from '@ttrec/backend/kernels';
import { naiveTrie } from '../naive-trie.ts';
import type { Stage } from './stage.ts';

/** Runs a kernel on arguments drawn from the stage. Returns how many roundings the longest way to a number has. */
export type FuzzCase = (stage: Stage) => number;

function matmul(stage: Stage): number {
  const large = stage.random.nextInteger(20) === 0;
  const extent = (): number => stage.upTo(large ? 300 : stage.flip() ? 9 : 40);
  const [m, k, n] = [extent(), extent(), extent()];
  const [transposeA, transposeB] = [stage.flip(), stage.flip()];
  const a = transposeA ? stage.block(k, m) : stage.block(m, k);
  const b = transposeB ? stage.block(n, k) : stage.block(k, n);
  const bias = stage.flip() ? { bias: stage.block(1, n) } : {};
  const activation = stage.flip() ? 'relu' : 'identity';
  stage.backend.matmul({ a, b, transposeA, transposeB, ...bias, activation, out: stage.output(m, n) });
  return k + 2;
}

function biasActivationBackward(stage: Stage): number {
  const [m, n] = [stage.upTo(40), stage.upTo(40)];
  const output = stage.block(m, n);
  const activation = stage.flip() ? 'relu' : 'identity';
  const [gradient, gradBias] = [stage.output(m, n), stage.output(1, n)];
  // The signs of `output` decide what passes; absolute values would let everything pass, which only widens the tolerance.
  stage.backend.biasActivationBackward({ output, gradient, gradBias, activation });
  return m;
}

function bags(stage: Stage): number {
  const [batch, features, dim, tableRows] = [stage.upTo(6), stage.upTo(3), stage.upTo(40), stage.upTo(12)];
  const lengths = Array.from({ length: batch * features }, () => stage.random.nextInteger(5));
  const lookups = lengths.flatMap((length, bag) =>
    Array.from({ length }, () => ({ row: stage.random.nextInteger(tableRows), bag })),
  );
  const offsets = runningTotals(lengths);
  const index = {
    bags: lengths.length,
    offsets: stage.positions(offsets),
    lookupRow: stage.positions(lookups.map(({ row }) => row)),
  };
  const columns = Array.from({ length: features }, (_, f) => f * (dim + 1));
  const weighted = stage.flip();
  const pooling: 'sum' | 'mean' = weighted || stage.flip() ? 'sum' : 'mean';
  const weights = { buffer: stage.buffer(1, lookups.length + 1), start: 0, length: lookups.length };
  const common = { index, columns, pooling, ...(weighted && { weights }) };
  const width = features * (dim + 1);
  const { backend } = stage;
  backend.bagForward({ ...common, rows: stage.block(tableRows, dim), out: stage.output(batch, width) });

  const distinct = [...new Set(lookups.map(({ row }) => row))].sort((a, b) => a - b);
  if (distinct.length === 0) return 1;
  const groups = distinct.map((row) => lookups.flatMap((lookup, l) => (lookup.row === row ? [l] : [])));
  const byRow = {
    rows: distinct.length,
    rowOffsets: stage.positions(runningTotals(groups.map((group) => group.length))),
    rowLookups: stage.positions(groups.flat()),
    lookupBag: stage.positions(lookups.map(({ bag }) => bag)),
  };
  const gradRows = stage.output(distinct.length, dim);
  backend.bagBackward({ ...common, gradOut: stage.block(batch, width), byRow, gradRows });
  return lookups.length + 2;
}

function tensorTrain(stage: Stage): number {
  const depth = stage.upTo(4);
  const list = (limit: number): number[] => Array.from({ length: depth }, () => stage.upTo(limit));
  const [rowShape, colShape] = [list(5), list(5)];
  const ranks = [1, ...list(12).slice(1), 1];
  const layout = { colShape, ranks };
  const count = rowShape.reduce((product, p) => product * p, 1);
  const trie = naiveTrie(
    Array.from({ length: stage.upTo(30) }, () => stage.random.nextInteger(count)),
    rowShape,
  );
  const levels = trie.levels.map((level, k) => ({
    nodes: level.nodes,
    slices: level.slices,
    digit: stage.positions(level.digit),
    ...(k > 0 && {
      parent: stage.positions(level.parent),
      childOffsets: stage.positions(level.childOffsets),
    }),
    sliceDigit: stage.positions(level.sliceDigit),
    sliceOffsets: stage.positions(level.sliceOffsets),
    sliceNodes: stage.positions(level.sliceNodes),
  }));
  const trains = stage.flip();
  const bufferOf = (isOutput: boolean, rows: number, k: number): DeviceBuffer =>
    isOutput ? stage.outputBuffer(rows, sliceLength(layout, k)) : stage.buffer(rows, sliceLength(layout, k));
  const cores = rowShape.map((p, k) => bufferOf(trains, p, k));
  const perNode = (): DeviceBuffer[] =>
    trie.levels.map(({ nodes }, k) => stage.outputBuffer(nodes, valueLength(layout, k)));
  const args = { layout, cores, levels, values: perNode() };
  stage.backend.ttForward(args);
  const gradCores = trie.levels.map(({ slices }, k) => bufferOf(!trains, slices, k));
  // In the run that gives the scale, steps add to the weights.
  const update = { rule: 'sgd', learningRate: stage.absolute ? -0.05 : 0.05, epsilon: 0 } as const;
  stage.backend.ttBackward({ ...args, gradValues: perNode(), gradCores, ...(trains && { update }) });
  const widest = Math.max(...trie.levels.map((_, k) => valueLength(layout, k)));
  return 2 * ranks.reduce((sum, rank) => sum + rank + 1, 0) + widest + trie.rows.length;
}

function dotInteraction(stage: Stage): number {
  const [batch, featureCount, dim] = [stage.upTo(4), stage.upTo(30), stage.upTo(20)];
  const shape = { featureCount, selfInteraction: stage.flip(), passThrough: stage.flip() };
  const width = interactionWidth({ ...shape, featureCols: featureCount * dim });
  if (width === 0) return 1;
  const features = stage.block(batch, featureCount * dim);
  stage.backend.dotInteraction({ ...shape, features, out: stage.output(batch, width) });
  const gradFeatures = stage.output(batch, featureCount * dim);
  stage.backend.dotInteractionBackward({
    ...shape,
    features,
    gradOut: stage.block(batch, width),
    gradFeatures,
  });
  return featureCount + dim + 2;
}

const rules = ['sgd', 'adagrad', 'rowwise-adagrad', 'adam', 'rowwise-adam'] as const;

function update(stage: Stage): number {
  const [tableRows, cols] = [stage.upTo(12), stage.upTo(40)];
  const rule = rules[stage.random.nextInteger(rules.length)]!;
  const weights = stage.outputBuffer(tableRows, cols);
  const some = Array.from({ length: weights.rows }, (_, row) => row).filter(() => stage.flip());
  const sparse = stage.flip();
  const gradients = stage.block(sparse ? some.length : weights.rows, cols);
  const state = stage.buffer(weights.rows, Math.max(1, stateCols(rule, cols)));
  // Where the state is a sum of squares, it is not negative.
  stage.backend.fill({ out: wholeBlock(state), value: 0.5 });
  stage.outputs.push(state);
  stage.backend.update({
    rule,
    weights,
    gradients,
    ...(rule !== 'sgd' && { state }),
    ...(sparse && { rows: stage.positions(some) }),
    // In the run that gives the scale, steps add to the weights.
    learningRate: stage.absolute ? -0.05 : 0.05,
    epsilon: 1e-8,
    ...(rule.endsWith('adam') && { step: 1 + stage.upTo(9), beta1: 0.8, beta2: 0.99 }),
  });
  return cols + 8;
}

function regularize(stage: Stage): number {
  const cols = stage.upTo(40);
  const weights = stage.outputBuffer(stage.upTo(40), cols);
  const tableRows = weights.rows;
  const some = Array.from({ length: tableRows }, (_, row) => row).filter(() => stage.flip());
  const sparse = stage.flip();
  const lastStep = stage.buffer(tableRows, 1);
  stage.backend.fill({ out: wholeBlock(lastStep), value: 3 });
  const gradients = stage.output(sparse ? some.length : tableRows, cols);
  const squares = stage.block(1, 2);
  stage.backend.sumOfSquares({ a: stage.block(tableRows, cols), out: { ...squares, cols: 1 } });
  stage.backend.fill({ out: { ...squares, column: squares.column + 1, cols: 1 }, value: 0.5 });
  stage.backend.regularize({
    weights,
    gradients,
    ...(sparse && { rows: stage.positions(some) }),
    l2: 0.1,
    weightDecay: 0.1,
    lastStep,
    step: 8,
    learningRate: 0.05,
    clip: { squares, norm: 2 },
  });
  return tableRows * cols + 8;
}

function bceWithLogits(stage: Stage): number {
  const rows = stage.upTo(60);
  const [logits, labels] = [stage.block(rows, 1), stage.block(rows, 1)];
  const [losses, gradLogits] = [stage.output(rows, 1), stage.output(rows, 1)];
  stage.backend.bceWithLogits({ logits, labels, losses, gradLogits, scale: 1 / rows });
  if (stage.absolute) {
    // No sum of absolute values: errors are relative to 1 + |z| + |z·y|, and normal numbers stay below 6.
    for (const out of [losses, gradLogits]) stage.backend.fill({ out: wholeBlock(out.buffer), value: 43 });
  }
  return 2;
}

function fillAndCopy(stage: Stage): number {
  const [rows, cols] = [stage.upTo(40), stage.upTo(40)];
  const from = stage.block(rows, cols);
  stage.backend.copy({ from, to: stage.output(rows, cols) });
  stage.backend.fill({ out: stage.output(rows, cols), value: -1.5 });
  return 0;
}

function add(stage: Stage): number {
  const [rows, cols] = [stage.upTo(40), stage.upTo(40)];
  const [a, b] = [stage.block(rows, cols), stage.block(rows, cols)];
  stage.backend.add({ a, b, out: stage.output(rows, cols), alpha: 0.5 });
  return 2;
}

function multiply(stage: Stage): number {
  const [rows, cols] = [stage.upTo(40), stage.upTo(40)];
  const [a, b] = [stage.block(rows, cols), stage.block(rows, cols)];
  stage.backend.multiply({ a, b, out: stage.output(rows, cols) });
  return 1;
}

/** Twice as many tensor trains and products, which have the most shapes, as anything else. */
export const fuzzCases: readonly (readonly [name: string, run: FuzzCase])[] = [
  ['matmul', matmul],
  ['tensor train', tensorTrain],
  ['bags', bags],
  ['matmul', matmul],
  ['tensor train', tensorTrain],
  ['dot interaction', dotInteraction],
  ['update', update],
  ['bias and activation, backward', biasActivationBackward],
  ['loss', bceWithLogits],
  ['fill and copy', fillAndCopy],
  ['multiply', multiply],
  ['add', add],
  ['regularize', regularize],
];

function runningTotals(lengths: readonly number[]): number[] {
  const totals = [0];
  for (const length of lengths) totals.push(totals.at(-1)! + length);
  return totals;
}
