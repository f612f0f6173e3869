import type { WebGpu } from './context.ts';
import { modes, type Mode } from './gpu-js.ts';
import { modeObstacle } from './mode-obstacle.ts';

/** What is asked for. Fields as in `GpuBackendOptions`. */
export interface Wanted {
  readonly mode?: Mode;
  readonly software?: boolean;
  readonly fallback?: boolean;
  readonly webgpu?: WebGpu;
}

/** `mode: reason` of each mode that is better than the one that would run; `mode` is that one, if any. */
export interface Survey {
  readonly mode?: Mode;
  readonly passedOver: readonly string[];
}

/** Walks the modes that the options allow, best first, until one has no obstacle. */
export async function survey({ mode, software = false, fallback = false, webgpu }: Wanted): Promise<Survey> {
  if (webgpu) offerWebGpu(webgpu);
  const allowed = mode ? [mode] : fallback ? modes : modes.slice(0, 2);
  const passedOver: string[] = [];
  for (const candidate of allowed) {
    const obstacle = await modeObstacle(candidate, software);
    if (obstacle === undefined) return { mode: candidate, passedOver };
    passedOver.push(`${candidate}: ${obstacle}`);
  }
  return { passedOver };
}

/** gpu.js asks `navigator.gpu`. The object must not be collected while a device of it lives, and there it is not. */
function offerWebGpu(webgpu: WebGpu): void {
  const holder = globalThis as { navigator?: { readonly gpu?: WebGpu } };
  if (holder.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { configurable: true, value: {} });
  }
  if (holder.navigator!.gpu === webgpu) return;
  Object.defineProperty(holder.navigator, 'gpu', { configurable: true, value: webgpu });
}
