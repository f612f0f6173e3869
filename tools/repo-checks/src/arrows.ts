/**
 * Who may import whom at run time: every package of the workspace, with the workspace packages it may depend on.
 * An arrow only points down: each line names packages that stand above it in this table and no other.
 * Tests may use more (devDependencies), as the table after this one says.
 */
export const allowedDependencies: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  random: ['errors'],
  backend: ['errors'],
  'tensor-train': ['errors', 'random'],
  'backend-cpu': ['backend', 'errors', 'tensor-train'],
  'backend-wasm': ['backend', 'errors'],
  'backend-gpu': ['backend', 'errors'],
  'backend-testkit': ['backend', 'errors', 'random', 'tensor-train'],
  embeddings: ['backend', 'errors', 'random', 'tensor-train'],
  planner: ['embeddings', 'errors', 'random', 'tensor-train'],
  checkpoint: ['errors'],
  'embedding-testkit': ['backend', 'backend-testkit', 'checkpoint', 'embeddings', 'errors', 'random'],
  data: ['errors', 'random'],
  dlrm: ['backend', 'embeddings', 'errors', 'random'],
  interop: ['backend', 'checkpoint', 'dlrm', 'embeddings', 'errors', 'tensor-train'],
  trainer: [
    'backend',
    'backend-cpu',
    'backend-gpu',
    'backend-wasm',
    'checkpoint',
    'data',
    'dlrm',
    'embeddings',
    'errors',
    'interop',
    'planner',
    'random',
    'tensor-train',
  ],
  playground: [
    'backend',
    'backend-cpu',
    'backend-gpu',
    'backend-wasm',
    'checkpoint',
    'data',
    'dlrm',
    'embeddings',
    'errors',
  ],
};

/** Engines that run kernels. Models are handed one; only tests and applications name one. */
export const concreteBackends: readonly string[] = ['backend-cpu', 'backend-gpu', 'backend-wasm'];

/** What a package may use in its tests besides its run-time dependencies. */
export const allowedInTests: readonly string[] = [
  'backend-cpu',
  'backend-gpu',
  'backend-testkit',
  'backend-wasm',
  'browser-tests',
  'errors',
  'golden',
  'onnxruntime',
  'python',
  'random',
  'tensor-train',
  'tsup-config',
];
