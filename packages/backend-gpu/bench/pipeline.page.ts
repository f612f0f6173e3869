import gpuJs from 'gpu.js';

interface Kernel {
  (...args: readonly unknown[]): unknown;
  setPipeline(on: boolean): Kernel;
}
interface Gpu {
  createKernel(source: string, settings: object): Kernel;
  createPipeline(plan: (first: unknown) => unknown): (first: unknown) => Promise<unknown>;
  destroy(): Promise<void>;
}

const SIZE = 64;
const CALLS = 20;
const SOURCE = 'function (a) { return a[this.thread.y][this.thread.x] * 0.5 + 1; }';

/** Four small kernels, each on what the one before left on the device: launched one by one, and as gpu.js's pipeline. */
export async function timeChain(mode: string): Promise<{ oneByOne: number; pipeline: number }> {
  const { GPU, input } = gpuJs as unknown as {
    GPU: new (settings: object) => Gpu;
    input: (values: Float32Array, size: readonly number[]) => unknown;
  };
  const gpu = new GPU({ mode });
  const settings = { output: [SIZE, SIZE], pipeline: true, immutable: true, precision: 'single' };
  const kernels = [0, 1, 2].map(() => gpu.createKernel(SOURCE, settings));
  const last = gpu.createKernel(SOURCE, { ...settings, pipeline: false });
  const first = input(new Float32Array(SIZE * SIZE).fill(1), [SIZE, SIZE]);
  const oneByOne = await timed(async () => {
    let value = first;
    for (const kernel of [...kernels, last]) value = await kernel(value);
  });
  const plan = gpu.createPipeline((value) => [...kernels, last].reduce((at, kernel) => kernel(at), value));
  const pipeline = await timed(() => plan(first));
  await gpu.destroy();
  return { oneByOne, pipeline };
}

/** Milliseconds of a call, after some that nobody counts. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 3; i++) await call();
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) await call();
  return (performance.now() - start) / CALLS;
}
