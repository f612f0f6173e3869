import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createGpuBackend, type GpuMode } from '@ttrec/backend-gpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import type { DlrmConfig, LabelledBatch } from '@ttrec/dlrm';
import { featuresOf } from '@ttrec/embeddings/model';
import { RandomStream } from '@ttrec/core';

/** ttrec's own engines, and gpu.js in one of its modes. */
export type EngineName = 'reference' | 'wasm' | GpuMode;

/** gpu.js on software if need be; with `tablesOnHost` its plain tables beside the device, however small. */
export async function engineNamed(name: EngineName, tablesOnHost = false): Promise<Backend> {
  if (name === 'reference') return createCpuBackend();
  if (name === 'wasm') return createWasmBackend({ simd: 'strict' });
  const hostRows = { aboveBytes: 0, aboveRows: 0 };
  return createGpuBackend({ mode: name, software: true, ...(tablesOnHost && { hostRows }) });
}

/** Bags of up to three ids, the largest of all among them; clicked where the first id is even. */
export function batchOf(config: DlrmConfig, size: number, name: string): LabelledBatch {
  const stream = new RandomStream(5, name);
  const features = featuresOf(config.tables, config.features).map(({ numEmbeddings: limit }) => {
    const bags = Array.from({ length: size }, (_, b) => {
      const ids = Array.from({ length: stream.nextInteger(3) }, () =>
        stream.nextInteger(Math.min(limit, 1000)),
      );
      return b % 8 === 0 ? [limit - 1 - (b % 16), ...ids] : ids;
    });
    const offsets = new Uint32Array(size + 1);
    bags.forEach((bag, b) => (offsets[b + 1] = offsets[b]! + bag.length));
    return { indices: Uint32Array.from(bags.flat()), offsets };
  });
  const { indices, offsets } = features[0]!;
  return {
    size,
    dense: Float32Array.from({ length: size * config.denseFeatures }, () => stream.nextUniform()),
    features,
    labels: Float32Array.from({ length: size }, (_, b) => (indices[offsets[b]!] ?? 0) % 2),
  };
}
