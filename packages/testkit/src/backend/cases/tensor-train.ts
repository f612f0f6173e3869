import { wholeBlock, type DeviceBuffer } from '@ttrec/backend';
import { sliceLength, stateCols, updateCores, valueLength, type TTForwardArgs } from '@ttrec/backend/kernels';
import { benchCase, requireSame, type ConformanceCase } from '../conformance-case.ts';
import { absolute, map, type Matrix } from '../matrix.ts';
import { naiveDigits, naiveTrie, type NaiveTrie } from '../naive-trie.ts';
import {
  coreGradientOracle,
  prefixGradientOracle,
  prefixValueOracle,
  type TTCase,
} from '../oracles/tensor-train.ts';
import type { Placed, Workbench } from '../workbench.ts';

interface TTShape {
  readonly name: string;
  readonly rowShape: readonly number[];
  readonly colShape: readonly number[];
  readonly ranks: readonly number[];
  /** Ids of a batch; all of them when absent. */
  readonly ids?: readonly number[];
}

const shapes: readonly TTShape[] = [
  { name: '1 core', rowShape: [7], colShape: [5], ranks: [1, 1], ids: [6, 2, 2, 0] },
  { name: '2 cores', rowShape: [5, 4], colShape: [3, 2], ranks: [1, 6, 1], ids: [0, 19, 7, 7, 6, 12, 3] },
  {
    name: '3 cores',
    rowShape: [3, 4, 5],
    colShape: [2, 2, 4],
    ranks: [1, 8, 8, 1],
    ids: [59, 1, 2, 20, 37, 21, 1],
  },
  {
    name: '4 cores',
    rowShape: [2, 3, 2, 3],
    colShape: [2, 1, 2, 2],
    ranks: [1, 3, 5, 4, 1],
    ids: [35, 0, 18, 19, 7],
  },
  {
    name: 'unequal ranks',
    rowShape: [3, 3, 3],
    colShape: [4, 3, 5],
    ranks: [1, 7, 2, 1],
    ids: [26, 13, 14, 4, 22],
  },
  { name: 'rank 1', rowShape: [3, 3, 3], colShape: [2, 2, 2], ranks: [1, 1, 1, 1], ids: [8, 9, 10, 26] },
  {
    name: 'rank 17, D 27',
    rowShape: [2, 3, 2],
    colShape: [3, 3, 3],
    ranks: [1, 17, 17, 1],
    ids: [0, 5, 6, 11],
  },
  { name: 'a single node', rowShape: [4, 5, 6], colShape: [2, 2, 4], ranks: [1, 4, 4, 1], ids: [77] },
  {
    name: 'all ids equal',
    rowShape: [4, 5, 6],
    colShape: [2, 2, 4],
    ranks: [1, 4, 4, 1],
    ids: [119, 119, 119],
  },
  {
    name: 'one prefix, many rows',
    rowShape: [2, 2, 9],
    colShape: [2, 2, 2],
    ranks: [1, 4, 4, 1],
    ids: [9, 10, 11, 12, 13, 14, 15, 16, 17],
  },
  {
    name: 'many prefixes, one last digit',
    rowShape: [6, 4, 3],
    colShape: [2, 2, 2],
    ranks: [1, 4, 4, 1],
    ids: Array.from({ length: 24 }, (_, i) => 3 * i + 1),
  },
  { name: 'every row', rowShape: [3, 4, 3], colShape: [1, 2, 3], ranks: [1, 5, 4, 1] },
];

/** The first cores of a longer train, whose values are its prefixes: forward alone ends with a rank above 1. */
const leading: TTShape = { name: 'leading cores', rowShape: [3, 4], colShape: [2, 3], ranks: [1, 5, 4] };

function countRows({ rowShape }: TTShape): number {
  return rowShape.reduce((product, p) => product * p, 1);
}

interface Batch {
  readonly tt: TTCase;
  readonly trie: NaiveTrie;
  readonly cores: readonly Placed[];
  readonly values: readonly Placed[];
  readonly args: TTForwardArgs;
}

/** Two rows more than needed: an engine that writes below the nodes is found out. */
const SPARE = 2;

function outputOf(bench: Workbench, rows: number, cols: number): Placed {
  return bench.placeWhole(bench.normal(rows, cols), SPARE);
}

function buffersOf(placed: readonly Placed[]): DeviceBuffer[] {
  return placed.map(({ block }) => block.buffer);
}

function makeBatch(bench: Workbench, shape: TTShape): Batch {
  const layout = { colShape: shape.colShape, ranks: shape.ranks };
  const tt = { ...shape, cores: shape.rowShape.map((p, k) => bench.normal(p, sliceLength(layout, k))) };
  const trie = naiveTrie(
    shape.ids ?? Array.from({ length: countRows(shape) }, (_, id) => id),
    shape.rowShape,
  );
  const cores = tt.cores.map((core) => bench.placeWhole(core));
  const values = trie.levels.map((level, k) => outputOf(bench, level.nodes, valueLength(layout, k)));
  const levels = bench.trieLevels(trie);
  return {
    tt,
    trie,
    cores,
    values,
    args: { layout, cores: buffersOf(cores), levels, values: buffersOf(values) },
  };
}

/** A product of up to d cores: each step adds r_k products, which are themselves off by what came before. */
function termsOf({ ranks }: TTCase): number {
  return ranks.reduce((sum, rank) => sum + rank + 1, 0);
}

/** The distinct prefixes of k + 1 digits among the rows, in order. */
function prefixes(rows: readonly number[], rowShape: readonly number[], k: number): number[][] {
  const all = rows.map((id) => naiveDigits(id, rowShape).slice(0, k + 1));
  return all.filter((prefix, u) => u === 0 || prefix.join() !== all[u - 1]!.join());
}

function stack(rows: readonly Matrix[]): Matrix {
  const data = Float64Array.from(rows.flatMap((row) => [...row.data]));
  return { rows: rows.length, cols: rows[0]!.cols, data };
}

function absoluteTT(tt: TTCase): TTCase {
  return { ...tt, cores: tt.cores.map(absolute) };
}

async function checkValues(bench: Workbench, { tt, trie, values }: Batch): Promise<void> {
  for (let k = 0; k < values.length; k++) {
    const found = prefixes(trie.rows, tt.rowShape, k);
    const want = stack(found.map((prefix) => prefixValueOracle(tt, prefix, k)));
    const scale = stack(found.map((prefix) => prefixValueOracle(absoluteTT(tt), prefix, k)));
    await bench.expectBlock(`values[${k}]`, values[k]!, want, { scale, terms: termsOf(tt) });
  }
}

async function checkForward(bench: Workbench, shape: TTShape): Promise<void> {
  const batch = makeBatch(bench, shape);
  bench.backend.ttForward(batch.args);
  await checkValues(bench, batch);
  for (const core of batch.cores) await bench.expectUnchanged('core', core);
}

async function checkBackward(bench: Workbench, shape: TTShape): Promise<void> {
  const batch = makeBatch(bench, shape);
  const { tt, trie, args } = batch;
  const gradValues = trie.levels.map((level, k) => outputOf(bench, level.nodes, valueLength(tt, k)));
  const gradCores = trie.levels.map((level, k) => outputOf(bench, level.slices, sliceLength(tt, k)));
  const given = bench.normal(trie.rows.length, valueLength(tt, tt.cores.length - 1));
  const last = gradValues.length - 1;
  gradValues[last] = bench.placeWhole(given, SPARE);
  bench.backend.ttForward(args);
  bench.backend.ttBackward({
    ...args,
    gradValues: buffersOf(gradValues),
    gradCores: buffersOf(gradCores),
  });
  await checkValues(bench, batch);
  await bench.expectUnchanged('gradValues of the rows', gradValues[last]);
  for (let k = 0; k < last; k++) await checkNodeGradients(bench, batch, { given, k, placed: gradValues[k]! });
  for (let k = 0; k <= last; k++) await checkCoreGradients(bench, batch, { given, k, placed: gradCores[k]! });
}

interface GradientCheck {
  /** dL/drows [U, D]. */
  readonly given: Matrix;
  readonly k: number;
  readonly placed: Placed;
}

/** The rows' digits and gradients, in the form in which the oracles take them. */
function rowGradients({ tt, trie }: Batch, given: Matrix): { digits: number[]; gradient: number[] }[] {
  return trie.rows.map((id, u) => ({
    digits: naiveDigits(id, tt.rowShape),
    gradient: [...given.data.subarray(u * given.cols, (u + 1) * given.cols)],
  }));
}

async function checkNodeGradients(
  bench: Workbench,
  batch: Batch,
  { given, k, placed }: GradientCheck,
): Promise<void> {
  const { tt, trie } = batch;
  const found = prefixes(trie.rows, tt.rowShape, k);
  const rows = rowGradients(batch, given);
  const absoluteRows = rowGradients(batch, absolute(given));
  const want = stack(found.map((prefix) => prefixGradientOracle(tt, prefix, rows)));
  const scale = stack(found.map((prefix) => prefixGradientOracle(absoluteTT(tt), prefix, absoluteRows)));
  const terms = backwardTerms(batch);
  await bench.expectBlock(`gradValues[${k}]`, placed, want, { scale, terms });
}

async function checkCoreGradients(
  bench: Workbench,
  batch: Batch,
  { given, k, placed }: GradientCheck,
): Promise<void> {
  const { tt, trie } = batch;
  const used = trie.levels[k]!.sliceDigit;
  const pick = (whole: Matrix): Matrix => {
    const rows = [...used].map((digit) => whole.data.subarray(digit * whole.cols, (digit + 1) * whole.cols));
    return stack(rows.map((data) => ({ rows: 1, cols: whole.cols, data })));
  };
  const want = pick(coreGradientOracle(tt, k, rowGradients(batch, given)));
  const scale = pick(coreGradientOracle(absoluteTT(tt), k, rowGradients(batch, absolute(given))));
  await bench.expectBlock(`gradCores[${k}]`, placed, want, { scale, terms: backwardTerms(batch) });
}

/** Sums over the rows and over the columns of a row come on top of the chain. */
function backwardTerms({ tt, trie }: Batch): number {
  return termsOf(tt) + trie.rows.length + valueLength(tt, tt.cores.length - 1);
}

/** The oracle takes the long way for every entry, so of a batch of realistic size it is asked for a few rows. */
async function checkSampledRows(bench: Workbench): Promise<void> {
  const shape: TTShape = {
    name: 'large',
    rowShape: [20, 22, 25],
    colShape: [4, 4, 4],
    ranks: [1, 32, 32, 1],
    ids: Array.from({ length: 300 }, () => bench.random.nextInteger(11000)),
  };
  const batch = makeBatch(bench, shape);
  bench.backend.ttForward(batch.args);
  const { tt, trie, values } = batch;
  const last = values.length - 1;
  const sample = [0, 1, Math.floor(trie.rows.length / 2), trie.rows.length - 1];
  const all = await bench.backend.read(values[last]!.block.buffer);
  for (const u of sample) {
    const digits = naiveDigits(trie.rows[u]!, tt.rowShape);
    const want = prefixValueOracle(tt, digits, last);
    const scale = prefixValueOracle(absoluteTT(tt), digits, last);
    const row = bench.placeWhole(map(want, () => 0));
    bench.backend.write(row.block.buffer, all.slice(u * want.cols, (u + 1) * want.cols));
    await bench.expectBlock(`row ${trie.rows[u]}`, row, want, { scale, terms: termsOf(tt) });
  }
}

/** Every slice is used by many nodes, which engines with threads share out. */
async function checkDeterminism(bench: Workbench): Promise<void> {
  const shape = { name: 'full', rowShape: [5, 4, 6], colShape: [2, 2, 4], ranks: [1, 16, 16, 1] };
  const { args, trie } = makeBatch(bench, shape);
  const buffers = (rows: 'nodes' | 'slices', cols: typeof sliceLength): DeviceBuffer[] =>
    trie.levels.map((level, k) => bench.buffer(level[rows], cols(args.layout, k)));
  const gradValues = buffers('nodes', valueLength);
  const given = bench.placeWhole(bench.normal(trie.rows.length, valueLength(args.layout, 2)));
  gradValues[2] = given.block.buffer;
  const pass = async (): Promise<Float32Array[]> => {
    const gradCores = buffers('slices', sliceLength);
    bench.backend.ttForward(args);
    bench.backend.ttBackward({ ...args, gradValues, gradCores });
    return Promise.all(gradCores.map((buffer) => bench.backend.read(buffer)));
  };
  const first = await pass();
  const second = await pass();
  second.forEach((gradient, k) => requireSame(`gradCores[${k}], second time`, gradient, first[k]!));
}

const updateRules = ['sgd', 'adagrad', 'adam'] as const;

/** The kernel that trains slices and the two kernels one after the other, on copies of the same cores. */
async function checkUpdate(
  bench: Workbench,
  shape: TTShape,
  rule: (typeof updateRules)[number],
): Promise<void> {
  const { tt, trie, args, cores } = makeBatch(bench, shape);
  const given = bench.normal(trie.rows.length, valueLength(tt, tt.cores.length - 1));
  const settings = { rule, learningRate: 0.1, epsilon: 1e-8, ...(rule === 'adam' && adamStep) };
  bench.backend.ttForward(args);
  const train = async (atOnce: boolean): Promise<Float32Array[]> => {
    const copies = buffersOf(tt.cores.map((core) => bench.placeWhole(core)));
    const states = tt.cores.map(({ rows, cols }) => {
      const state = bench.buffer(rows, Math.max(1, stateCols(rule, cols)));
      bench.backend.fill({ out: wholeBlock(state), value: 0.5 });
      return state;
    });
    const gradValues = trie.levels.map(({ nodes }, k) => bench.buffer(nodes, valueLength(tt, k)));
    gradValues[gradValues.length - 1] = bench.placeWhole(given).block.buffer;
    const gradCores = trie.levels.map(({ slices }, k) => bench.buffer(slices, sliceLength(tt, k)));
    const step = { ...args, cores: copies, gradValues, gradCores };
    const update = { ...settings, ...(rule !== 'sgd' && { states }) };
    if (atOnce) bench.backend.ttBackward({ ...step, update });
    else {
      bench.backend.ttBackward(step);
      updateCores({ ...step, update }, (each) => bench.backend.update(each));
    }
    return Promise.all([...copies, ...states].map((buffer) => bench.backend.read(buffer)));
  };
  const [together, apart] = [await train(true), await train(false)];
  together.forEach((trained, i) => requireSame(`trained buffer ${i}`, trained, apart[i]!));
  for (const core of cores) await bench.expectUnchanged('core', core);
}

const adamStep = { step: 3, beta1: 0.8, beta2: 0.99 };
/** Their levels are of long slices, of short ones, and of extents that fill no vector. */
const trainedShapes = shapes.filter(({ name }) => ['1 core', '3 cores', 'rank 17, D 27'].includes(name));

export const tensorTrainCases: readonly ConformanceCase[] = [
  ...shapes.flatMap((shape) => [
    benchCase(`ttForward, ${shape.name}`, (bench) => checkForward(bench, shape)),
    benchCase(`ttBackward, ${shape.name}`, (bench) => checkBackward(bench, shape)),
  ]),
  benchCase(`ttForward, ${leading.name}`, (bench) => checkForward(bench, leading)),
  ...trainedShapes.flatMap((shape) =>
    updateRules.map((rule) =>
      benchCase(
        `ttBackward that trains slices with ${rule} is ttBackward and update, ${shape.name}`,
        (bench) => checkUpdate(bench, shape, rule),
      ),
    ),
  ),
  benchCase('ttForward, 300 rows at rank 32 and D 64', checkSampledRows),
  benchCase('ttForward and ttBackward give the same bits again', checkDeterminism),
];
