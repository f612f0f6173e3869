/** Of WebGPU, what is used here. */
export interface WebGpuDevice {
  readonly limits: Readonly<
    Record<'maxStorageBufferBindingSize' | 'maxBufferSize' | 'maxComputeWorkgroupsPerDimension', number>
  >;
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  addEventListener(type: 'uncapturederror', listener: UncapturedErrorListener): void;
  removeEventListener(type: 'uncapturederror', listener: UncapturedErrorListener): void;
}

export type UncapturedErrorListener = (event: { readonly error: { readonly message: string } }) => void;

export interface WebGpuAdapter {
  readonly info?: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>> & {
    readonly isFallbackAdapter?: boolean;
  };
  readonly isFallbackAdapter?: boolean;
}

/** `navigator.gpu`, or what `create([])` of the package `webgpu` returns. */
export interface WebGpu {
  requestAdapter(): Promise<WebGpuAdapter | null>;
}

/** Of WebGL2, what is used here. */
export interface WebGL2 {
  readonly MAX_TEXTURE_SIZE: number;
  readonly RENDERER: number;
  getParameter(name: number): unknown;
  getExtension(name: string): unknown;
  getError(): number;
  isContextLost(): boolean;
  finish(): void;
}

/** The context of a gpu.js kernel in mode `webgpu`. */
export interface WebGpuContext {
  readonly adapter: WebGpuAdapter;
  readonly device: WebGpuDevice;
}

export function webGpuOf(context: unknown): WebGpuContext | undefined {
  const isWebGpu = typeof context === 'object' && context !== null && 'device' in context;
  return isWebGpu ? (context as WebGpuContext) : undefined;
}

export function webGL2Of(context: unknown): WebGL2 | undefined {
  const { WebGL2RenderingContext: Context } = globalThis as { WebGL2RenderingContext?: new () => unknown };
  return Context !== undefined && context instanceof Context ? (context as WebGL2) : undefined;
}

/** What an adapter or a WebGL renderer calls itself, and whether that is a processor playing a GPU. */
export interface Hardware {
  readonly name: string;
  readonly software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

export function adapterHardware({ info, isFallbackAdapter }: WebGpuAdapter): Hardware {
  const parts = [info?.description, info?.vendor, info?.architecture, info?.device];
  const name =
    parts.filter((part) => part !== undefined && part !== '').join(' ') || 'an adapter without a name';
  const software = info?.isFallbackAdapter === true || isFallbackAdapter === true || SOFTWARE.test(name);
  return { name, software };
}

export function rendererHardware(gl: WebGL2): Hardware {
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info') as { UNMASKED_RENDERER_WEBGL: number } | null;
  const name = String(gl.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return { name, software: SOFTWARE.test(name) };
}
