import { createNativeMatmul, nativeBackendFactory } from '@ttrec/backend-native';
import { createWasmMatmul } from '@ttrec/backend-wasm';
import type { Matmul } from '@ttrec/tensor-train';
import { fromFloat32Matmul } from '@ttrec/tensor-train/decompose';

/** The fastest product of host arrays here: native code where it loads, else WebAssembly. Rejects where neither runs. */
export async function hostMatmul(): Promise<Matmul> {
  const { available } = await nativeBackendFactory.availability();
  return fromFloat32Matmul(available ? createNativeMatmul() : await createWasmMatmul());
}
