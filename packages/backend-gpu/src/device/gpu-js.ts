import gpuJs from 'gpu.js';

/** gpu.js's modes that this backend runs on, best first. */
export const modes: readonly Mode[] = ['webgpu', 'webgl2', 'webasm', 'cpu'];
export type Mode = 'webgpu' | 'webgl2' | 'webasm' | 'cpu';

/** A matrix of the host as an argument: `input(values, [cols, rows])`. */
export interface HostInput {
  readonly value: Float32Array;
}

/** The rows of a result, or where it has three dimensions its layers of one row each. */
export type HostResult = readonly (Float32Array | readonly Float32Array[])[];

/** A result that stays on the device: a texture, or a WebGPU buffer. */
export interface DeviceResult {
  toArray(): HostResult | Promise<HostResult>;
  delete(): void;
}

/** What a kernel returns: rows on the host in modes `cpu` and `webasm`, a device result in the others. */
export type KernelResult = HostResult | DeviceResult;

export type GpuArgument = HostInput | readonly Float32Array[] | DeviceResult | number;

export interface GpuKernel {
  (...args: readonly GpuArgument[]): KernelResult | Promise<KernelResult>;
  setOutput(size: readonly number[]): unknown;
  destroy(): void;
  /** The kernel of one mode behind the shortcut; replaced when gpu.js switches modes. */
  readonly kernel: {
    readonly constructor: { readonly mode: string };
    readonly context?: unknown;
    readonly fallbackReason?: unknown;
  };
}

/** An instance of gpu.js's `GPU`, as far as it is used here. */
export interface GpuJs {
  createKernel(source: string, settings: Readonly<Record<string, unknown>>): GpuKernel;
  destroy(): Promise<void>;
}

interface GpuJsModule {
  readonly GPU: (new (settings: { readonly mode: Mode }) => GpuJs) & {
    readonly isWebGL2Supported: boolean;
    readonly isWebAssemblySupported: boolean;
  };
  readonly input: (values: Float32Array, size: readonly [cols: number, rows: number]) => HostInput;
}

/** gpu.js. Its declarations export `input` as a type only, and lack the results used here. */
export const { GPU, input } = gpuJs as unknown as GpuJsModule;

/** The version that this package is built on and pins. */
export const GPU_JS = 'gpu.js 2.24.1';
