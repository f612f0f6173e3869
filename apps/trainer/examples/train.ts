import { createBackend, Dlrm, evaluate, fit, openDataset, saveModel } from 'ttrec';

const data = await openDataset({
  format: 'synthetic',
  rows: { train: 40_000, test: 5_000 },
  cardinalities: [100_000, 10_000, 50],
  dense: 4,
});
await using backend = await createBackend(); // the best there is; backend.capabilities says which
using model = Dlrm.for(data.schema, {
  backend,
  embeddingDim: 16,
  tables: ({ numEmbeddings }) => (numEmbeddings > 1000 ? { kind: 'tt', ranks: 8 } : { kind: 'dense' }),
});
await fit(model, data, { batchSize: 128, learningRate: 0.02 });
console.log(await evaluate(model, data, 'test'));
await saveModel(model, 'clicks.safetensors');
