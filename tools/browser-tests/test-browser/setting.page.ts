/** What a page or worker sees of the setting that it was opened in. */
export function surroundings() {
  return {
    isWorker: !('document' in globalThis),
    isolated: globalThis.crossOriginIsolated,
    secure: globalThis.isSecureContext,
    threads: typeof SharedArrayBuffer === 'function',
  };
}

export function add(a: number, b: number): number {
  return a + b;
}

export function doubled(values: Float32Array): Float32Array {
  return values.map((value) => 2 * value);
}

export async function fail(code: string): Promise<never> {
  throw Object.assign(new RangeError('as asked'), { code });
}

export function log(text: string): void {
  console.warn(text);
}

/** The name that a minifier leaves of a function. */
export function innerName(): string {
  function aNameThatNobodyExports(): string {
    return aNameThatNobodyExports.name;
  }
  return aNameThatNobodyExports();
}

/** Whether text may become code here. */
export function evaluates(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call
    return new Function('return true')() as boolean;
  } catch {
    return false;
  }
}

/** Whether there is a WebGPU adapter, and whether WebGL2 can render to float32 textures. */
export async function graphics() {
  const canvas = new OffscreenCanvas(1, 1);
  const gl = canvas.getContext('webgl2');
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
  return {
    webgl2: gl?.getExtension('EXT_color_buffer_float') != null,
    webgpu: gpu !== undefined && (await gpu.requestAdapter()) !== null,
  };
}
