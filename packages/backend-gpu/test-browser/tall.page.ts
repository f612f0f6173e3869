import { wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import { createGpuBackend, type GpuMode } from '@ttrec/backend-gpu';

/** Squares of a matrix with one number put in: where the first wrong one is (-1: nowhere), and the last two rows. */
export async function throughKernels(mode: GpuMode, rows: number, cols: number) {
  const backend = await createGpuBackend({ mode, software: true });
  const made = (label: string) => backend.createBuffer({ dtype: 'float32', rows, cols, label });
  const [a, out] = [made('a'), made('out')];
  backend.write(
    a,
    Float32Array.from({ length: rows * cols }, (_, i) => i % 1009),
  );
  backend.multiply({ a: wholeBlock(a), b: wholeBlock(a), out: wholeBlock(out) });
  putFive(backend, out, rows, cols);
  const all = await backend.read(out);
  const last = await backend.read(out, (rows - 2) * cols, 2 * cols);
  await backend.dispose();
  return { wrong: all.findIndex((value, i) => value !== expected(i, rows, cols)), last };
}

/** A five at the end of the last row but one. */
function putFive(backend: Backend, out: DeviceBuffer, rows: number, cols: number): void {
  backend.fill({ out: { buffer: out, row: rows - 2, column: cols - 1, rows: 1, cols: 1 }, value: 5 });
}

function expected(i: number, rows: number, cols: number): number {
  return i === (rows - 1) * cols - 1 ? 5 : (i % 1009) ** 2;
}
