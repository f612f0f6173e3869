import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { Backend, HostRows } from '@ttrec/backend';
import { defineBackend } from '@ttrec/backend/driver';
import { DeviceMatrices } from './memory/device-matrices.ts';
import { adapterHardware, rendererHardware, webGL2Of, webGpuOf, type WebGpu } from './device/context.ts';
import { KernelQueue } from './memory/kernel-queue.ts';
import { gpuDriver } from './driver.ts';
import { Engine } from './engine.ts';
import { error } from './error.ts';
import { GPU, GPU_JS, modes, type GpuJs, type Mode } from './device/gpu-js.ts';
import type { KernelSource } from './kernels/kernel-source.ts';
import { DEFAULT_TOTAL_BYTES, GPU_HOST_ROWS } from './limits.ts';
import type { Memory } from './memory/memory.ts';
import { survey } from './device/survey.ts';

export interface GpuBackendOptions {
  /** The one gpu.js mode to run in. Without it: `webgpu`, else `webgl2`, else what `fallback` allows. */
  readonly mode?: Mode;
  /** Whether an adapter that is a processor playing a GPU may run (SwiftShader, llvmpipe). Not by default. */
  readonly software?: boolean;
  /** Whether gpu.js may compute without a GPU: in mode `webasm`, else `cpu`. Not by default. */
  readonly fallback?: boolean;
  /** An instance of gpu.js's `GPU` to run on, whatever its mode; `dispose` leaves it alive. */
  readonly gpu?: object;
  /** A `navigator.gpu` where there is none: in Node, what `create([])` of the package `webgpu` returns. */
  readonly webgpu?: WebGpu;
  /** All buffers together, in bytes; 4 GiB by default. */
  readonly maxTotalBytes?: number;
  /** Which tables stay on the host; above 64 MiB or 524,280 rows by default. */
  readonly hostRows?: HostRows;
}

/**
 * The GPU backend: kernels of gpu.js on WebGPU or WebGL2, and only where allowed in gpu.js's own fallbacks.
 * `capabilities.engine` names the mode and the hardware that ran a first kernel, and why better modes were passed over.
 *
 * @throws `backend-gpu/unknown-option`, `backend-gpu/bad-option`, `backend-gpu/unavailable` (with the reason of every mode that was tried),
 *   `backend-gpu/wrong-mode` (gpu.js computed elsewhere than asked)
 */
export async function createGpuBackend(options: GpuBackendOptions = {}): Promise<Backend> {
  checkValues(options);
  const { engine, passedOver } = options.gpu ? await engineOn(options) : await firstEngine(options);
  return backendOn(engine, options, passedOver);
}

async function firstEngine(options: GpuBackendOptions) {
  const { mode, passedOver } = await survey(options);
  if (mode === undefined) {
    throw error('unavailable', {
      subject: options.mode ? `mode "${options.mode}"` : 'GPU',
      rule: 'gpu.js must have a mode that runs here',
      hint: `${passedOver.join('; ')}. software: true allows software adapters, fallback: true what gpu.js computes without a GPU.`,
    });
  }
  const gpu = new GPU({ mode });
  const engine = new Engine({ gpu, mode, dispose: () => gpu.destroy() });
  await proved(engine);
  return { engine, passedOver };
}

/** On the caller's instance, in whatever mode it turns out to run. */
async function engineOn({ gpu, mode }: GpuBackendOptions) {
  const engine = new Engine({ gpu: gpu as GpuJs, ...(mode && { mode }) });
  await proved(engine);
  return { engine, passedOver: [] };
}

const first: KernelSource = { name: 'first', parameters: {}, body: 'return 0;' };

/** Runs a first kernel: it builds, and the engine has checked the mode that it ran in. */
async function proved(engine: Engine): Promise<void> {
  try {
    const value = await engine.launch(first, [1, 1], []);
    await engine.download({ rows: 1, cols: 1, value });
    engine.release(value);
  } catch (thrown) {
    await engine.dispose();
    throw thrown;
  }
}

function backendOn(engine: Engine, options: GpuBackendOptions, passedOver: readonly string[]): Backend {
  return defineBackend<Memory>((memoryOf) => {
    const queue = new KernelQueue({ engine, matrices: new DeviceMatrices(engine), memoryOf });
    return gpuDriver(queue, {
      engine: describe(engine, passedOver),
      maxTotalBytes: options.maxTotalBytes ?? DEFAULT_TOTAL_BYTES,
      hostRows: options.hostRows ?? GPU_HOST_ROWS,
    });
  });
}

/** What computes: gpu.js's mode, the hardware's own name, and what was passed over. */
function describe({ mode, context }: Engine, passedOver: readonly string[]): string {
  const webGpu = webGpuOf(context);
  const gl = webGL2Of(context);
  const hardware = webGpu ? adapterHardware(webGpu.adapter) : gl && rendererHardware(gl);
  const on = hardware ? ` on ${hardware.name}${hardware.software ? ' (software)' : ''}` : ' on the processor';
  const instead = passedOver.length > 0 ? `; passed over ${passedOver.join('; ')}` : '';
  return `${GPU_JS}, mode ${mode}${on}${instead}`;
}

export const gpuOptionRules: OptionRules<GpuBackendOptions> = {
  mode: modes,
  software: 'boolean',
  fallback: 'boolean',
  gpu: 'any',
  webgpu: 'any',
  maxTotalBytes: 'any',
  hostRows: 'any',
};

function checkValues(options: GpuBackendOptions): void {
  checkOptions(error, 'createGpuBackend', options, gpuOptionRules);
  const { gpu, hostRows, maxTotalBytes } = options;
  if (hostRows !== undefined) {
    checkOptions(error, 'hostRows', hostRows, { aboveBytes: 'any', aboveRows: 'any' });
    for (const [name, least] of Object.entries(hostRows) as [string, number][]) {
      if (typeof least === 'number' && least >= 0) continue;
      throw error('bad-option', { subject: `hostRows.${name}`, rule: 'must be a number from 0', got: least });
    }
  }
  if (gpu !== undefined && typeof (gpu as Partial<GpuJs>).createKernel !== 'function') {
    throw error('bad-option', {
      subject: 'gpu',
      rule: "must be an instance of gpu.js's GPU",
      got: typeof gpu,
    });
  }
  if (maxTotalBytes !== undefined && (!Number.isSafeInteger(maxTotalBytes) || maxTotalBytes < 1)) {
    const rule = 'must be a positive integer of bytes';
    throw error('bad-option', { subject: 'maxTotalBytes', rule, got: maxTotalBytes });
  }
}
