import type { Backend, Capabilities } from '@ttrec/backend';
import { conformanceCases } from '@ttrec/backend-testkit';
import { wholeBlock } from '@ttrec/backend';
import type { WasmBackendOptions } from '@ttrec/backend-wasm';
import { createCutting } from '../src/create-wasm-backend.ts';

/** Every kernel is cut, however little work it has; a worker that leads decides by itself. */
const CUT_ALL = 1e-9;

/** What runs, or what creating it rejects with. */
export async function capabilities(options: WasmBackendOptions): Promise<Capabilities> {
  const backend = await createCutting(CUT_ALL, options);
  await backend.dispose();
  return backend.capabilities;
}

/** Runs the whole suite; the names of the cases that held. */
export async function conformance(options: WasmBackendOptions): Promise<string[]> {
  const held: string[] = [];
  for (const { name, run } of conformanceCases) {
    const backend = await createCutting(CUT_ALL, options);
    try {
      await run(backend);
      held.push(name);
    } catch (thrown) {
      throw new Error(`${name}: ${String(thrown)}`, { cause: thrown });
    } finally {
      await backend.dispose();
    }
  }
  return held;
}

/** Bits of a product that is large enough for several threads. */
export async function productBits(options: WasmBackendOptions): Promise<Uint32Array> {
  const backend = await createCutting(CUT_ALL, options);
  const [a, b, out] = [matrix(backend, 300, 200), matrix(backend, 200, 150), matrix(backend, 300, 150)];
  backend.matmul({ a: wholeBlock(a), b: wholeBlock(b), out: wholeBlock(out) });
  const { buffer } = await backend.read(out);
  await backend.dispose();
  return new Uint32Array(buffer);
}

function matrix(backend: Backend, rows: number, cols: number) {
  const buffer = backend.createBuffer({ dtype: 'float32', rows, cols, label: `${rows} x ${cols}` });
  backend.write(
    buffer,
    Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i + rows)),
  );
  return buffer;
}
