import { wholeBlock } from '@ttrec/backend';
import { createGpuBackend, type GpuMode } from '@ttrec/backend-gpu';

/** A product of two numbers, and what computed it. */
export async function product(mode: GpuMode): Promise<{ value: number; engine: string }> {
  const backend = await createGpuBackend({ mode, software: true });
  const matrix = (label: string, value: number) => {
    const buffer = backend.createBuffer({ dtype: 'float32', rows: 1, cols: 1, label });
    backend.write(buffer, Float32Array.of(value));
    return wholeBlock(buffer);
  };
  const out = matrix('out', 0);
  backend.matmul({ a: matrix('a', 6), b: matrix('b', 7), out });
  const [value] = await backend.read(out.buffer);
  const { engine } = backend.capabilities;
  await backend.dispose();
  return { value: value!, engine };
}

/** What is chosen on this machine when nothing is asked for. */
export async function choice(): Promise<string> {
  const backend = await createGpuBackend();
  await backend.dispose();
  return backend.capabilities.engine;
}
