import type { Backend, Block } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { goldenBatch, goldenCases, scaledError, type GoldenDlrm } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';

/** float32 arithmetic through four or five small layers: 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

describe.each(goldenCases<GoldenDlrm>('dlrm'))('DLRM, $name', (golden) => {
  const batch = goldenBatch(golden);

  async function afterSteps(steps: number) {
    const { backend, model } = load(golden);
    for (let step = 0; step < steps; step++)
      await model.trainStep(batch, { learningRate: golden.learningRate });
    return { backend, model };
  }

  test('probabilities and loss', async () => {
    const { model } = await afterSteps(0);
    expect(scaledError(await model.predict(batch), golden.probabilities)).toBeLessThan(TOLERANCE);
    const { loss } = await model.trainStep(batch, { learningRate: 0 });
    expect(Math.abs(loss - golden.loss) / golden.loss).toBeLessThan(TOLERANCE);
  });

  test('logits', async () => {
    const { backend, model } = await afterSteps(stepOfLogits(golden));
    expect(scaledError(await readBlock(backend, model.logits(batch)), golden.logits)).toBeLessThan(TOLERANCE);
  });

  test('gradients of the MLPs', async () => {
    const { backend, model } = await afterSteps(stepOfLogits(golden));
    const { dense, tables } = model.gradients(batch);
    expect(dense.length + tables.length).toBe(Object.keys(golden.grads).length);
    for (const { name, gradient } of dense) {
      const error = scaledError(await backend.read(gradient), golden.grads[torchName(name)]!);
      expect(error, name).toBeLessThan(TOLERANCE);
    }
  });

  test('gradients of the tables, zero where no lookup came', async () => {
    const { backend, model } = await afterSteps(0);
    for (const [k, [table]] of model.gradients(batch).tables.entries()) {
      const expected = golden.grads[`emb_l.${k}.weight`]!;
      const full = new Float32Array(expected.length);
      const compact = await readBlock(backend, table!.gradients);
      const dim = golden.embeddingDim;
      table!.rowIds.forEach((row, u) => full.set(compact.subarray(u * dim, (u + 1) * dim), row * dim));
      expect(scaledError(full, expected), `table ${k}`).toBeLessThan(TOLERANCE);
    }
  });

  test('the loss of three SGD steps', async () => {
    const { model } = load(golden);
    const losses: number[] = [];
    for (let step = 0; step < golden.sgdLossTrajectory.length; step++) {
      losses.push((await model.trainStep(batch, { learningRate: golden.learningRate })).loss);
    }
    expect(scaledError(losses, golden.sgdLossTrajectory)).toBeLessThan(TOLERANCE);
  });
});

/**
 * The logits and the MLPs' gradients of these files were left by the reference's last forward and backward, after its
 * three steps (probabilities and the tables' gradients are those before the first). The logits' own loss tells which
 * point of the trajectory they belong to.
 */
function stepOfLogits({ logits, labels, sgdLossTrajectory }: GoldenDlrm): number {
  const losses = logits.map((logit, row) => Math.log1p(Math.exp(labels[row] === 1 ? -logit : logit)));
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  const step = sgdLossTrajectory.findIndex((expected) => Math.abs(expected - loss) < 1e-9);
  expect(step, 'the point of the trajectory with the loss of the given logits').toBeGreaterThanOrEqual(0);
  return step;
}

function load(golden: GoldenDlrm): { backend: Backend; model: Dlrm } {
  const backend = createCpuBackend();
  const config: DlrmConfig = {
    denseFeatures: golden.bottomMlp[0]!,
    embeddingDim: golden.embeddingDim,
    tables: golden.tables.map((numEmbeddings, k) => ({
      name: `${k}`,
      numEmbeddings,
      config: { kind: 'dense' },
    })),
    features: golden.tables.map((_, k) => `${k}`),
    bottomMlp: golden.bottomMlp.slice(1, -1),
    topMlp: golden.topMlp.slice(1, -1),
    interaction: { kind: 'dot', selfInteraction: golden.interactItself },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 1,
  };
  const model = new Dlrm({ backend, ...config });
  for (const { name, weights } of model.parameters) {
    backend.write(weights, Float32Array.from(golden.weights[torchName(name)]!));
  }
  return { backend, model };
}

/** `bottom.1.weight` is PyTorch's `bot_l.2.weight`: its list counts the activations too. */
function torchName(name: string): string {
  const [part, index, what] = name.split('.') as [string, string, string];
  if (part === 'table') return `emb_l.${index}.weight`;
  return `${part === 'bottom' ? 'bot_l' : 'top_l'}.${2 * Number(index)}.${what}`;
}

async function readBlock(backend: Backend, block: Block): Promise<Float32Array> {
  expect(block.buffer.cols).toBe(block.cols);
  return backend.read(block);
}
