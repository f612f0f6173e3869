import { createWasmBackend } from '@ttrec/backend-wasm';
import { trainedBits } from './trained-bits.ts';

export async function bitsOf(rule: 'sgd' | 'adagrad'): Promise<{ losses: number[]; weights: number }> {
  await using backend = await createWasmBackend({ simd: 'relaxed' });
  return await trainedBits(backend, rule);
}
