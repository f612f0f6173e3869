import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { BackendFactory } from '@ttrec/backend';
import { createGpuBackend, gpuOptionRules, type GpuBackendOptions } from './create-gpu-backend.ts';
import { error } from './error.ts';
import { GPU_JS } from './device/gpu-js.ts';
import { survey } from './device/survey.ts';

export type GpuFactoryOptions = Omit<GpuBackendOptions, 'gpu'>;

const factoryRules: OptionRules<GpuFactoryOptions> = {
  mode: gpuOptionRules.mode,
  software: 'boolean',
  fallback: 'boolean',
  webgpu: 'any',
  maxTotalBytes: 'any',
  hostRows: 'any',
};

/** As `gpuBackendFactory`, with options. */
export function createGpuBackendFactory(options: GpuFactoryOptions): BackendFactory {
  checkOptions(error, 'createGpuBackendFactory', options, factoryRules);
  return {
    name: 'gpu',
    priority: 20,
    async availability() {
      const { mode, passedOver } = await survey(options);
      return mode === undefined
        ? { available: false, reason: passedOver.join('; ') }
        : { available: true, engine: `${GPU_JS}, mode ${mode}` };
    },
    create: () => createGpuBackend(options),
  };
}

/** For a registry: priority 20, available where WebGPU or WebGL2 run on hardware. */
export const gpuBackendFactory: BackendFactory = createGpuBackendFactory({});
