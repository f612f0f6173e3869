// nn.EmbeddingBag in a model of your own: a score is the dot product of a user's and an item's row.
import { createWasmBackend } from '@ttrec/backend-wasm';
import { EmbeddingBag } from '@ttrec/embeddings';

const backend = await createWasmBackend();
const options = { backend, embeddingDim: 16, optimizer: { rule: 'adagrad' } } as const;
const users = new EmbeddingBag({ ...options, numEmbeddings: 1_000_000, table: { kind: 'tt', ranks: 8 } });
const items = new EmbeddingBag({ ...options, numEmbeddings: 50_000, table: { kind: 'dense' }, seed: 1 });

const batch = { user: Uint32Array.of(7, 7, 999_999), item: Uint32Array.of(1, 2, 3), rating: [1, -1, 0.5] };
const offsets = Uint32Array.of(0, 1, 2, 3);
for (let step = 0; step <= 100; step++) {
  const u = await backend.read(users.forward({ indices: batch.user, offsets }));
  const v = await backend.read(items.forward({ indices: batch.item, offsets }));
  // The gradient of the mean squared error by each score, then by each row.
  const errors = batch.rating.map((rating, b) => {
    return u.subarray(16 * b, 16 * (b + 1)).reduce((sum, x, d) => sum + x * v[16 * b + d]!, 0) - rating;
  });
  if (step % 50 === 0) console.log(step, errors.reduce((sum, e) => sum + e * e, 0) / 3);
  const gradient = (rows: Float32Array) => rows.map((x, at) => (2 * errors[Math.floor(at / 16)]! * x) / 3);
  users.backward({ gradOut: gradient(v), learningRate: 0.1 });
  items.backward({ gradOut: gradient(u), learningRate: 0.1 });
}
