import { createCpuBackend } from '@ttrec/backend-cpu';
import { EmbeddingBag, type OptimizerConfig } from '@ttrec/embeddings';
import type { SparseGradient } from '@ttrec/embeddings/kind';
import { goldenCases, scaledError, type GoldenBag } from '@ttrec/golden';
import { describe, expect, test } from 'vitest';

/** float32 arithmetic on sums of a few dozen products: 1e-5 of the largest value is some 80 roundings. */
const TOLERANCE = 1e-5;

describe.each(goldenCases<GoldenBag>('tt-embedding-bag'))('TT embedding bag, $name', (golden) => {
  const bags = {
    indices: Uint32Array.from(golden.indices),
    offsets: Uint32Array.from(golden.offsets),
    ...(golden.perSampleWeights ? { perSampleWeights: Float32Array.from(golden.perSampleWeights) } : {}),
  };
  const gradOut = Float32Array.from(golden.gradOutput);

  function load(optimizer: OptimizerConfig) {
    const { numEmbeddings, embeddingDim, rowShape, colShape, ranks } = golden;
    const backend = createCpuBackend();
    const table = { kind: 'tt', ranks, rowShape, colShape } as const;
    const bag = new EmbeddingBag({
      backend,
      numEmbeddings,
      embeddingDim,
      table,
      pooling: golden.mode,
      optimizer,
    });
    bag.parameters.forEach(({ weights }, k) => backend.write(weights, Float32Array.from(golden.cores[k]!)));
    const cores = () => Promise.all(bag.parameters.map(({ weights }) => backend.read(weights)));
    return { backend, bag, cores };
  }

  test('every row of the table', async () => {
    const { backend, bag } = load({ rule: 'sgd' });
    const rows = bag.forward({
      indices: Uint32Array.from({ length: golden.numEmbeddings }, (_, i) => i),
      offsets: Uint32Array.from({ length: golden.numEmbeddings + 1 }, (_, i) => i),
    });
    const values = await backend.read(rows.buffer, 0, golden.table.length);
    expect(scaledError(values, golden.table)).toBeLessThan(TOLERANCE);
  });

  test('forward', async () => {
    const { backend, bag } = load({ rule: 'sgd' });
    const out = await backend.read(bag.forward(bags).buffer, 0, golden.output.length);
    expect(scaledError(out, golden.output)).toBeLessThan(TOLERANCE);
  });

  test('gradients, zero where no lookup came', async () => {
    const { backend, bag } = load({ rule: 'sgd' });
    bag.forward(bags);
    const gradients = bag.gradients(gradOut);
    for (const [k, gradient] of gradients.entries()) {
      const full = await scatter(backend, gradient, golden.gradCores[k]!.length);
      expect(scaledError(full, golden.gradCores[k]!), `core ${k}`).toBeLessThan(TOLERANCE);
    }
  });

  test('one SGD step', async () => {
    const { bag, cores } = load({ rule: 'sgd' });
    bag.forward(bags);
    bag.backward({ gradOut, learningRate: golden.learningRate });
    for (const [k, core] of (await cores()).entries()) {
      expect(scaledError(core, golden.sgdCores[k]!), `core ${k}`).toBeLessThan(TOLERANCE);
    }
  });

  test('two Adagrad steps', async () => {
    const { bag, cores } = load({ rule: 'adagrad', epsilon: golden.adagradEps });
    for (let step = 0; step < 2; step++) {
      bag.forward(bags);
      bag.backward({ gradOut, learningRate: golden.learningRate });
    }
    for (const [k, core] of (await cores()).entries()) {
      expect(scaledError(core, golden.adagradTwoSteps[k]!), `core ${k}`).toBeLessThan(TOLERANCE);
    }
  });
});

/** The compact gradient of the touched slices, spread out over the whole core. */
async function scatter(
  backend: ReturnType<typeof createCpuBackend>,
  { gradients, rowIds }: SparseGradient,
  length: number,
): Promise<Float32Array> {
  const compact = await backend.read(gradients.buffer, 0, gradients.rows * gradients.cols);
  const full = new Float32Array(length);
  rowIds.forEach((row, s) =>
    full.set(compact.subarray(s * gradients.cols, (s + 1) * gradients.cols), row * gradients.cols),
  );
  return full;
}
