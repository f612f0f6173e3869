import type { GpuMode } from '@ttrec/backend-gpu';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { batchOf, engineNamed } from './engines.ts';

const BATCH = 8;
const config: DlrmConfig = {
  denseFeatures: 2,
  embeddingDim: 4,
  tables: [
    { name: 'people', numEmbeddings: 5_000, config: { kind: 'tt', ranks: 2 } },
    { name: 'places', numEmbeddings: 60, config: { kind: 'dense' } },
  ],
  features: ['people', 'places'],
  bottomMlp: [],
  topMlp: [4],
  interaction: { kind: 'dot' },
  optimizer: { embeddings: { rule: 'sgd' }, dense: { rule: 'sgd' } },
  seed: 7,
};

/** Textures and buffers alive, the devices that they are of, and the WebGL contexts. */
const live = new Set<object>();
const devices: GPUDevice[] = [];
const contexts = new Set<WebGL2RenderingContext>();

/** From here on, what is made counts until it is deleted. */
function count(): void {
  const gl = WebGL2RenderingContext.prototype;
  for (const kind of ['Texture', 'Buffer', 'Framebuffer'] as const) {
    wrap(gl, `create${kind}`, (made, context) => {
      contexts.add(context as WebGL2RenderingContext);
      live.add(made as object);
    });
    wrap(gl, `delete${kind}`, (_, __, [deleted]) => live.delete(deleted as object));
  }
  wrap(GPUDevice.prototype, 'createBuffer', (made) => live.add(made as object));
  wrap(GPUBuffer.prototype, 'destroy', (_, buffer) => live.delete(buffer));
  wrap(GPUAdapter.prototype, 'requestDevice', (made) => {
    void (made as Promise<GPUDevice>).then((device) => devices.push(device));
  });
}

/** Tells of every call of a method, after it. */
function wrap(
  prototype: object,
  method: string,
  tell: (result: unknown, target: object, args: readonly unknown[]) => void,
): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[method]!;
  methods[method] = function (this: object, ...args: unknown[]) {
    const result = original.apply(this, args);
    tell(result, this, args);
    return result;
  };
}

/** Live textures and buffers after each of `at` steps, and after everything was disposed. */
export async function liveDuring(
  mode: GpuMode,
  at: readonly number[],
): Promise<{ during: number[]; after: number }> {
  count();
  const backend = await engineNamed(mode);
  const model = new Dlrm({ backend, ...config });
  const during: number[] = [];
  for (let step = 1; step <= at.at(-1)!; step++) {
    // Ten batches in turn: batches of other sizes need other buffers.
    await model.trainStep(batchOf(config, BATCH, `step ${step % 10}`), { learningRate: 0.1 });
    if (at.includes(step)) during.push(live.size);
  }
  model.dispose();
  await backend.dispose();
  return { during, after: live.size };
}

/** Trains, loses the device, before a step or in the middle of it, and says what the next two calls reject with. */
export async function lose(mode: 'webgpu' | 'webgl2', inTheMiddle: boolean): Promise<string[]> {
  count();
  const backend = await engineNamed(mode);
  const model = new Dlrm({ backend, ...config });
  const step = () => model.trainStep(batchOf(config, BATCH, 'step'), { learningRate: 0.1 });
  await step();
  const running = inTheMiddle ? step() : undefined;
  for (const device of devices) device.destroy();
  for (const context of contexts) context.getExtension('WEBGL_lose_context')!.loseContext();
  const first = await messageOf(running ?? step());
  const second = await messageOf(step());
  model.dispose();
  await backend.dispose();
  return [first, second];
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing',
    (thrown: unknown) => {
      const { code = '', message } = thrown as Error & { code?: string };
      return `${code} ${message}`;
    },
  );
}

/** One step on a new backend: that a device can be had again. */
export async function trainAgain(mode: GpuMode): Promise<number> {
  const backend = await engineNamed(mode);
  const { loss } = await new Dlrm({ backend, ...config }).trainStep(batchOf(config, BATCH, 'step'), {
    learningRate: 0.1,
  });
  await backend.dispose();
  return loss;
}
