import type { Backend, Pooling } from '@ttrec/backend';
import { bagsOf, normals, sampleBags, weighted } from '../../backend/index.ts';
import type { Bags, EmbeddingBag, OptimizerConfig } from '@ttrec/embeddings';
import type { SparseGradient } from '@ttrec/embeddings/kind';
import { TOLERANCE, type KindCase } from '../kind-case.ts';
import { Oracle } from '../oracle.ts';
import { lookupGradients } from '../pool.ts';
import { preparedBag, takeStepsBefore } from '../prepared-bag.ts';
import { referenceOptimizer } from '../reference-optimizer.ts';
import { requireNear, requireSame, requireThat } from '../require.ts';
import { buildBag, type TableUnderTest } from '../table-under-test.ts';
import { rulesOf } from './cost.ts';

const LEARNING_RATE = 0.05;
const STEPS = 2;

/** The rows that have a gradient, by parameter. Each list must ascend, and no parameter come twice. */
function touchedRows(bag: EmbeddingBag, gradients: readonly SparseGradient[]): ReadonlySet<number>[] {
  const seen = gradients.map(({ parameter }) => parameter.name);
  requireThat(new Set(seen).size === seen.length, {
    subject: 'gradients',
    rule: 'must hold each parameter once',
    got: seen.join(', '),
  });
  return bag.parameters.map(({ name }) => {
    const rowIds = gradients.find(({ parameter }) => parameter.name === name)?.rowIds ?? new Uint32Array(0);
    const ascends = rowIds.every((row, i) => i === 0 || row > rowIds[i - 1]!);
    requireThat(ascends, { subject: `rowIds of ${name}`, rule: 'must ascend, none twice', got: rowIds });
    return new Set(rowIds);
  });
}

/** The compact gradients of the touched rows, spread out over whole parameters. */
async function spread(
  bag: EmbeddingBag,
  gradients: readonly SparseGradient[],
  backend: Backend,
): Promise<Float32Array[]> {
  const whole = bag.parameters.map(({ weights }) => new Float32Array(weights.rows * weights.cols));
  for (const { parameter, gradients: block, rowIds } of gradients) {
    const k = bag.parameters.findIndex(({ name }) => name === parameter.name);
    // Numbers that are trained in integers are no parameters.
    if (k < 0) continue;
    const compact = await backend.read(block.buffer, 0, block.rows * block.cols);
    rowIds.forEach((row, s) =>
      whole[k]!.set(compact.subarray(s * block.cols, (s + 1) * block.cols), row * block.cols),
    );
  }
  return whole;
}

const poolings = [
  ['sum', 'sum', (bags: Bags) => bags],
  ['mean', 'mean', (bags: Bags) => bags],
  ['weighted sum', 'sum', weighted],
] as const satisfies readonly (readonly [string, Pooling, (bags: Bags) => Bags])[];

interface GradientRun {
  readonly name: string;
  readonly bag: EmbeddingBag;
  readonly touched: readonly ReadonlySet<number>[];
  readonly got: readonly Float32Array[];
  readonly loss: Float64Array;
}

async function checkGradients(table: TableUnderTest, backend: Backend): Promise<void> {
  const { embeddingDim: dim } = table;
  const plain = sampleBags(table.numEmbeddings);
  const gradOut = normals((plain.offsets.length - 1) * dim, 'gradOut');
  const runs: GradientRun[] = [];
  for (const [name, pooling, withWeights] of poolings) {
    const bags = withWeights(plain);
    const bag = await preparedBag(table, backend, { pooling });
    bag.forward(bags);
    const gradients = bag.gradients(gradOut);
    const touched = touchedRows(bag, gradients);
    runs.push({
      name,
      bag,
      touched,
      got: await spread(bag, gradients, backend),
      loss: lookupGradients(gradOut, bags, pooling, dim),
    });
  }
  // Steps taken before may have made each another table.
  const groups = table.stepsBefore ? runs.map((run) => [run]) : [runs];
  for (const group of groups)
    await requireDifferences(table, plain.indices, group as [GradientRun, ...GradientRun[]]);
  for (const run of runs) run.bag.dispose();
}

/** Gradients by pooling against those of one table in float64. */
async function requireDifferences(
  table: TableUnderTest,
  ids: Uint32Array,
  runs: readonly [GradientRun, ...GradientRun[]],
): Promise<void> {
  const [{ bag, touched }] = runs;
  const oracle = await Oracle.of(table, bag);
  const losses = runs.map(({ loss }) => loss);
  const want = oracle.gradients(ids, losses, touched);
  requireThat(want !== undefined, {
    subject: 'rows without a gradient',
    rule: 'must not move any row of the batch',
  });
  runs.forEach(({ name, got }, r) =>
    got.forEach((values, k) =>
      requireNear(`gradient of ${bag.parameters[k]!.name}, ${name}`, values, want![r]![k]!, TOLERANCE),
    ),
  );
  oracle.dispose();
}

/** A large epsilon: the rules divide by what they have seen, so that a gradient near 0 would keep its relative error. */
const optimizers: readonly OptimizerConfig[] = [
  { rule: 'sgd' },
  { rule: 'adagrad', epsilon: 0.01 },
  { rule: 'rowwise-adagrad', epsilon: 0.01 },
  { rule: 'adagrad', epsilon: 0.01, l2: 0.2 },
  { rule: 'adam', epsilon: 0.01, beta1: 0.8 },
  { rule: 'rowwise-adam', epsilon: 0.01, l2: 0.2 },
  { rule: 'ftrl', epsilon: 0.5, l1: 1e-4, l2: 0.2 },
];

async function checkTraining(table: TableUnderTest, backend: Backend): Promise<void> {
  const rules = rulesOf(table);
  for (const optimizer of optimizers.filter(({ rule }) => rules.includes(rule)))
    await checkSteps(table, backend, optimizer);
}

async function checkSteps(
  table: TableUnderTest,
  backend: Backend,
  optimizer: OptimizerConfig,
): Promise<void> {
  const { embeddingDim: dim } = table;
  const bag = await preparedBag(table, backend, { optimizer });
  const before = await Promise.all(bag.parameters.map(({ weights }) => backend.read(weights)));
  const oracle = await Oracle.of(table, bag);
  const update = referenceOptimizer(optimizer, oracle.values);
  const ever = bag.parameters.map(() => new Set<number>());
  for (let step = 0; step < STEPS; step++) {
    const bags = sampleBags(table.numEmbeddings, `step ${step}`);
    const gradOut = normals((bags.offsets.length - 1) * dim, `gradOut ${step}`);
    bag.forward(bags);
    const touched = touchedRows(bag, bag.gradients(gradOut));
    bag.forward(bags);
    bag.backward({ gradOut, learningRate: LEARNING_RATE });
    const loss = lookupGradients(gradOut, bags, 'sum', dim);
    const [gradients] = oracle.gradients(bags.indices, [loss], touched) ?? [];
    requireThat(gradients !== undefined, {
      subject: 'rows without a gradient',
      rule: 'must not move any row of the batch',
    });
    update(gradients!, touched, LEARNING_RATE);
    await bag.settled();
    if (table.integers) await oracle.follow(bag);
    touched.forEach((rows, k) => rows.forEach((row) => ever[k]!.add(row)));
  }
  for (const [k, { name, weights }] of bag.parameters.entries()) {
    const got = await backend.read(weights);
    // Each step rounds a forward and a backward.
    requireNear(
      `${name} after ${STEPS} steps of ${optimizer.rule}`,
      got,
      oracle.values[k]!.data,
      STEPS * TOLERANCE,
    );
    const stray = got.findIndex(
      (value, at) => !Object.is(value, before[k]![at]) && !ever[k]!.has(Math.floor(at / weights.cols)),
    );
    requireThat(stray < 0, {
      subject: `${name} [${stray}]`,
      rule: 'must stay, for its row had no gradient',
      got: got[stray],
    });
  }
  oracle.dispose();
  bag.dispose();
}

async function trained(
  table: TableUnderTest,
  backend: Backend,
  seed: number,
): Promise<{
  names: string[];
  initial: Float32Array[];
  outputs: Float32Array[];
  final: Float32Array[];
}> {
  const bag = buildBag(table, backend, { optimizer: { rule: 'adagrad' }, seed });
  const own = new Set(bag.parameters.map(({ name }) => name));
  const trained = bag.state().filter(({ name, dtype }) => own.has(name) || dtype === 'I8' || dtype === 'U8');
  const read = () => Promise.all(trained.map(({ data }) => data() as Promise<Float32Array>));
  const names = trained.map(({ name }) => name);
  const initial = await read();
  const outputs: Float32Array[] = [];
  await takeStepsBefore(table, bag);
  for (let step = 0; step < 3; step++) {
    const bags = sampleBags(table.numEmbeddings, `bags ${step}`, 4 + step);
    const { buffer, rows, cols } = bag.forward(bags);
    outputs.push(await backend.read(buffer, 0, rows * cols));
    bag.backward({ gradOut: normals(rows * cols, 'grad'), learningRate: 0.1 });
    await bag.settled();
  }
  const final = await read();
  bag.dispose();
  return { names, initial, outputs, final };
}

async function checkDeterminism(table: TableUnderTest, backend: Backend): Promise<void> {
  const [first, second, other] = [
    await trained(table, backend, 3),
    await trained(table, backend, 3),
    await trained(table, backend, 4),
  ];
  for (const part of ['initial', 'outputs', 'final'] as const)
    first[part].forEach((values, i) => requireSame(`${part} ${i}, run twice`, second[part][i]!, values));
  first.initial.forEach((values, k) => {
    requireThat(!same(values, other.initial[k]!), {
      subject: `parameter ${k}`,
      rule: 'must start elsewhere with another seed',
    });
    if (table.idle?.includes(first.names[k]!)) return;
    requireThat(!same(values, first.final[k]!), {
      subject: `parameter ${k}`,
      rule: 'must change in training',
    });
  });
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => Object.is(value, b[i]));
}

async function checkSteadyMemory(table: TableUnderTest, backend: Backend): Promise<void> {
  const before = backend.memory();
  const bag = buildBag(table, backend, { optimizer: { rule: 'adagrad' } });
  await takeStepsBefore(table, bag);
  const bags = sampleBags(table.numEmbeddings);
  const gradOut = normals((bags.offsets.length - 1) * table.embeddingDim, 'gradOut');
  const step = async () => {
    bag.forward(bags);
    bag.backward({ gradOut, learningRate: 0.1 });
    await bag.settled();
  };
  await step();
  const { bytes } = backend.memory();
  await step();
  await step();
  bag.forward(bagsOf([]));
  bag.backward({ gradOut: new Float32Array(0), learningRate: 0.1 });
  const after = backend.memory().bytes;
  requireThat(after === bytes, {
    subject: 'bytes after three steps',
    rule: `must be ${bytes} as after one`,
    got: after,
  });
  bag.dispose();
  await backend.sync();
  const left = backend.memory();
  requireThat(left.buffers === before.buffers, {
    subject: 'buffers after dispose',
    rule: `must be ${before.buffers}`,
    got: left.buffers,
  });
}

export const trainingCases: readonly KindCase[] = [
  {
    name: 'gradients equal central differences in float64: sum, mean and weighted sum',
    run: checkGradients,
    trains: true,
  },
  {
    name: 'steps of every optimizer equal those in float64, and no other row moves',
    run: checkTraining,
    trains: true,
  },
  {
    name: 'the same seed and steps give the same bits, another seed others',
    run: checkDeterminism,
    trains: true,
  },
  { name: 'steady steps allocate nothing, and dispose leaves nothing', run: checkSteadyMemory, trains: true },
];
