/**
 * The packages from the bottom to the top. A package may import those of the layers below its own, by name.
 * Tests may import anything by name: engines are tested against each other and models on engines.
 */
export const layers: readonly (readonly string[])[] = [
  ['core'],
  ['backend', 'tensor-train'],
  ['backend-linear'],
  ['backend-cpu', 'backend-wasm', 'backend-native', 'backend-gpu'],
  ['embeddings'],
  ['tensor-files', 'mpi'],
  ['testkit'],
  ['data'],
  ['dlrm'],
  ['training'],
  ['planner'],
  ['interop'],
  ['serving'],
  ['page-parts'],
  ['ttrec', 'playground', 'rerank', 'site'],
];

/**
 * What a package and its folder are called that runs kernels. Only applications import one, and @ttrec/serving/web, which includes one: models
 * are passed a backend.
 */
export const ENGINE = 'backend-(cpu|wasm|native|gpu)';
