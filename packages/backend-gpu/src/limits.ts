import type { HostRows } from '@ttrec/backend';
import type { Engine } from './engine.ts';
import { webGL2Of, webGpuOf } from './device/context.ts';

/** Rows of a workgroup in gpu.js's WebGPU mode, and the workgroups that every device allows. */
const WORKGROUP_ROWS = 8;
const WORKGROUPS = 65_535;

/**
 * Tables that stay on the host: every update on a device copies the whole table, and WebGPU dispatches no more rows than
 * these at once.
 */
export const GPU_HOST_ROWS: HostRows = { aboveBytes: 64 * 2 ** 20, aboveRows: WORKGROUP_ROWS * WORKGROUPS };

/** Default for all buffers together: no device reports how much memory it has. */
export const DEFAULT_TOTAL_BYTES = 4 * 2 ** 30;

export interface DeviceLimits {
  readonly maxBufferBytes: number;
  readonly maxExtent: number;
}

/** What one buffer may be. Every index is a float32 number, and so below 2^24 in every mode. */
export function limitsOf(engine: Engine): DeviceLimits {
  const webGpu = webGpuOf(engine.context);
  if (webGpu) {
    const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension } =
      webGpu.device.limits;
    return {
      maxBufferBytes: Math.min(maxStorageBufferBindingSize, maxBufferSize),
      maxExtent: WORKGROUP_ROWS * maxComputeWorkgroupsPerDimension,
    };
  }
  const gl = webGL2Of(engine.context);
  if (gl) {
    const side = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    return { maxBufferBytes: 4 * side * side, maxExtent: 2 ** 24 };
  }
  return { maxBufferBytes: 2 ** 30, maxExtent: 2 ** 24 };
}
