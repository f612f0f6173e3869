import { createCpuBackend } from '@ttrec/backend-cpu';
import { openDataset, type Batch, type Dataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { evaluate, fit, MetricsWindow } from '@ttrec/training';
import { expect, test } from 'vitest';

const labels = Float32Array.of(0, 0, 1, 1);
/** Their probabilities are all 1 in float64. */
const logits = Float64Array.of(40, 50, 60, 70);
/** softplus of -z vanishes beside that of z = 40 and 50. */
const expected = { auc: 1, logLoss: (40 + 50) / 4 };

test('rows whose probabilities round to 1 are ranked and priced by their logits', async () => {
  const backend = createCpuBackend();
  const model = new Dlrm({
    backend,
    denseFeatures: 0,
    embeddingDim: 1,
    tables: [{ name: 'ids', numEmbeddings: 4, config: { kind: 'dense' } }],
    bottomMlp: [],
    topMlp: [],
    interaction: { kind: 'cat' },
    optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
    seed: 0,
  });
  const [weight, , rows] = model.parameters;
  backend.write(weight!.weights, Float32Array.of(1));
  backend.write(rows!.weights, Float32Array.from(logits));
  const ids = { indices: Uint32Array.of(0, 1, 2, 3), offsets: Uint32Array.of(0, 1, 2, 3, 4) };
  const [dense, features, byName] = [new Float32Array(0), [ids], { id: ids }];
  const batch: Batch = { size: 4, labels, dense, features, byName, trueLogits: logits };
  const dataset = {
    rows: { train: 0, validation: 0, test: 4 },
    schema: { dense: [], features: [] },
    batches: async function* () {
      yield batch;
    },
  } as Partial<Dataset> as Dataset;
  const { metrics, probability, bestPossible } = await evaluate(model, dataset, 'test');
  expect(metrics).toMatchObject(expected);
  // All four are certain: two are wrong, and one tie of half positives is all that there is.
  const bin = { weight: 4, meanPrediction: 1, rate: 1 / 2 };
  expect(probability).toEqual({ averagePrecision: 1 / 2, brier: 1 / 2, calibrationBins: [bin] });
  expect(bestPossible).toEqual(expected);
});

test('so are the rows of a window of training', () => {
  const window = new MetricsWindow();
  window.add(labels, logits);
  expect(window.take()).toMatchObject(expected);
});

test('rows with weights are refused, for no loss and no metric would use them', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ item: `i${i % 4}`, y: i % 2, w: 1 + (i % 3) }));
  const dataset = await openDataset(
    {
      format: 'rows',
      label: { column: 'y', equals: '1' },
      weight: 'w',
      features: [{ column: 'item' }],
      split: { by: 'last', validation: 0.2, test: 0.2 },
    },
    {
      seed: 1,
      rows: async function* () {
        yield rows;
      },
    },
  );
  using model = Dlrm.for(dataset.schema, { backend: createCpuBackend(), embeddingDim: 2 });
  const refused = {
    code: 'training/weighted-rows',
    message: expect.stringContaining('must have no weights of rows') as string,
  };
  await expect(fit(model, dataset)).rejects.toMatchObject(refused);
  await expect(evaluate(model, dataset, 'test')).rejects.toMatchObject(refused);
});
