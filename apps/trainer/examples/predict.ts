import { createBackend, loadModel } from 'ttrec';

await using backend = await createBackend();
using model = await loadModel('clicks.safetensors', { backend });

// Two rows of four numbers, and for each of the three features one id a row.
const offsets = Uint32Array.of(0, 1, 2);
const ids = [Uint32Array.of(7, 99_999), Uint32Array.of(3, 42), Uint32Array.of(0, 49)];
const probabilities = await model.predict({
  size: 2,
  dense: Float32Array.of(0.5, -1, 0, 2, 1, 0, 0, -0.5),
  features: ids.map((indices) => ({ indices, offsets })),
});
console.log(probabilities);
