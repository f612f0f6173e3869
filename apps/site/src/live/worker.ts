import { createWasmBackend } from '@ttrec/backend-wasm';
import { openDataset } from '@ttrec/data';
import { Dlrm } from '@ttrec/dlrm';
import { cost } from '@ttrec/embeddings';
import { fit } from '@ttrec/training';
import type { Report } from './messages.ts';

const STEPS = 400;
const BATCH = 128;
const EVALUATE_EVERY = 20;

const report = (message: Report) => postMessage(message);

/** Trains a model whose largest table has a million rows, and scores two rows that it has not seen. */
async function train(): Promise<void> {
  const started = performance.now();
  const backend = await createWasmBackend();
  const data = await openDataset(
    {
      format: 'synthetic',
      rows: { train: STEPS * BATCH, validation: 1500, test: 0 },
      cardinalities: [1_000_000, 100_000, 100],
      dense: 4,
      signal: 1.8,
    },
    { seed: 1 },
  );
  const model = Dlrm.for(data.schema, {
    backend,
    embeddingDim: 16,
    tables: ({ numEmbeddings }) => (numEmbeddings > 1000 ? { kind: 'tt', ranks: 8 } : { kind: 'dense' }),
  });
  const bytes = (stored: boolean) =>
    model.config.tables.reduce(
      (sum, { numEmbeddings, config }) =>
        sum + cost(stored ? config : { kind: 'dense' }, { numEmbeddings, embeddingDim: 16 }).bytes,
      0,
    );
  report({ type: 'begun', steps: STEPS, bytes: bytes(true), denseBytes: bytes(false) });
  await fit(model, data, {
    batchSize: BATCH,
    learningRate: { kind: 'cosine', rate: 0.06, steps: STEPS, warmup: 20 },
    evaluateEvery: EVALUATE_EVERY,
    onRecord: (record) => {
      if (record.type !== 'validation') return;
      const { logLoss, auc, baseRateLogLoss } = record.metrics;
      report({
        type: 'point',
        step: record.step,
        logLoss: logLoss!,
        auc: auc!,
        baseRateLogLoss: baseRateLogLoss!,
      });
    },
  });
  const oneEach = Uint32Array.of(0, 1, 2);
  const scores = await model.predict({
    size: 2,
    dense: Float32Array.of(1, -1, 0.5, 0, -1, 1, 0, 0.5),
    features: [
      [437_042, 17],
      [1234, 99_999],
      [3, 77],
    ].map((ids) => ({ indices: Uint32Array.from(ids), offsets: oneEach })),
  });
  report({
    type: 'done',
    seconds: (performance.now() - started) / 1000,
    rows: STEPS * BATCH,
    engine: backend.capabilities.engine,
    scores: [...scores],
  });
  await backend.dispose();
}

train().catch((error: unknown) => report({ type: 'failed', message: (error as Error).message }));
