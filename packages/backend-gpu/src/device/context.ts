/** `navigator.gpu`, or what `create([])` of the package `webgpu` returns. */
export interface WebGpu {
  requestAdapter(): Promise<object | null>;
}

/** The context of a gpu.js kernel in mode `webgpu`. */
export interface WebGpuContext {
  readonly adapter: GPUAdapter;
  readonly device: GPUDevice;
}

export function webGpuOf(context: unknown): WebGpuContext | undefined {
  const isWebGpu = typeof context === 'object' && context !== null && 'device' in context;
  return isWebGpu ? (context as WebGpuContext) : undefined;
}

export function webGL2Of(context: unknown): WebGL2RenderingContext | undefined {
  const { WebGL2RenderingContext: Context } = globalThis as Partial<typeof globalThis>;
  return Context !== undefined && context instanceof Context ? context : undefined;
}

/** What an adapter or a WebGL renderer calls itself, and whether that is a processor playing a GPU. */
export interface Hardware {
  readonly name: string;
  readonly software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

/** Older engines have no `info`, and `isFallbackAdapter` on the adapter itself. */
type AnyAdapter = Partial<Pick<GPUAdapter, 'info'>> & { readonly isFallbackAdapter?: boolean };

export function adapterHardware({ info, isFallbackAdapter }: AnyAdapter): Hardware {
  const parts = [info?.description, info?.vendor, info?.architecture, info?.device];
  const name =
    parts.filter((part) => part !== undefined && part !== '').join(' ') || 'an adapter without a name';
  const software = info?.isFallbackAdapter === true || isFallbackAdapter === true || SOFTWARE.test(name);
  return { name, software };
}

export function rendererHardware(gl: WebGL2RenderingContext): Hardware {
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(unmasked?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  return { name, software: SOFTWARE.test(name) };
}
