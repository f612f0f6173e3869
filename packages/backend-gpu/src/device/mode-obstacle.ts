import { adapterHardware, rendererHardware, type Hardware } from './context.ts';
import { GPU, type Mode } from './gpu-js.ts';

/** Why a mode does not run here, or is not wanted; undefined where it is. Never throws. */
export async function modeObstacle(mode: Mode, softwareAllowed: boolean): Promise<string | undefined> {
  try {
    return await obstacles[mode](softwareAllowed);
  } catch (thrown) {
    return String(thrown);
  }
}

const obstacles: Readonly<
  Record<Mode, (software: boolean) => string | undefined | Promise<string | undefined>>
> = {
  async webgpu(software) {
    const { navigator } = globalThis as { navigator?: Partial<Navigator> };
    if (navigator?.gpu === undefined) return 'there is no navigator.gpu';
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) return 'navigator.gpu has no adapter';
    return unwanted(adapterHardware(adapter), software);
  },

  webgl2(software) {
    const { OffscreenCanvas } = globalThis as Partial<typeof globalThis>;
    if (OffscreenCanvas === undefined || !GPU.isWebGL2Supported) return 'there is no WebGL2';
    const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
    if (gl === null) return 'a WebGL2 context was refused';
    const renders = gl.getExtension('EXT_color_buffer_float') !== null;
    const hardware = rendererHardware(gl);
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    if (!renders) return 'WebGL2 does not render to float32 textures (EXT_color_buffer_float)';
    return unwanted(hardware, software);
  },

  webasm() {
    if (!GPU.isWebAssemblySupported) return 'there is no WebAssembly';
    // The smallest module. A policy may forbid compiling where the name is there.
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return undefined;
  },

  cpu() {
    // gpu.js makes functions of text in this mode, which a policy without 'unsafe-eval' forbids: that throws here.
    // oxlint-disable-next-line typescript/no-implied-eval
    new Function('return 0');
    return undefined;
  },
};

function unwanted({ name, software }: Hardware, softwareAllowed: boolean): string | undefined {
  if (!software || softwareAllowed) return undefined;
  return `${name} is a software adapter, slower than the wasm backend`;
}
