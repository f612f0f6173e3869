import { checkHostMatmul, type HostMatmul, type HostMatmulArgs } from '@ttrec/backend-linear';
import { checkOptions } from '@ttrec/core/options';
import { error } from './error.ts';
import { allKernels, compiledModule } from './module/builds.ts';
import { checkedBuild } from './module/choose-build.ts';
import { instantiate, type Build, type KernelExports } from './module/kernel-module.ts';
import { createMemory } from './memory/create-memory.ts';
import { GrowingMemory } from './memory/growing-memory.ts';
import { ADDRESS_SPACE } from './memory/memory-limit.ts';
import { MemoryViews } from './memory/memory-views.ts';

/** Numbers of one operand, or of the result, that are copied into WebAssembly memory at a time: 16 MiB. */
const MOST = 2 ** 22;
/** Longest sum within the kernel; longer ones are added up block by block. */
const MOST_TERMS = 2 ** 13;
/** Least columns of a block of a result that is large both ways. */
const LEAST_COLUMNS = 512;
/** Bytes between operands: kernels read past the last number. */
const GAP = 128;
/** Rows of a symmetric result that are computed together; what of them lies below the diagonal is computed in vain. */
const BAND = 60;
const NO_BIAS = 0;
const NO_RELU = 0;

/**
 * A synchronous float32 matrix product of host arrays on the SIMD kernels, for code that has its matrices in typed
 * arrays and no backend: `@ttrec/tensor-train` takes it through `fromFloat32Matmul`. O(m n k).
 *
 * Operands are copied, block by block, into WebAssembly memory that stays below 64 MiB for any
 * extents. The product of an array with its own transpose (`a` and `b` the same object, one of them transposed) is
 * symmetric: it is copied once and only about half of it is computed. The same operands give the same bits.
 *
 * @param options `simd` as for `createWasmBackend`
 * @returns the product; it throws `backend-wasm/bad-operand` (an extent that is no integer of at least 0, an array that
 *   is not float32 or is too short)
 * @throws `backend-wasm/bad-option`, `backend-wasm/unavailable`
 */
export async function createWasmMatmul(
  options: { readonly simd?: 'auto' | Build } = {},
): Promise<HostMatmul> {
  checkOptions(error, 'createWasmMatmul', options, { simd: ['auto', 'strict', 'relaxed'] });
  const build = checkedBuild(allKernels, options.simd ?? 'auto');
  const memory = createMemory(ADDRESS_SPACE);
  const kernels = await instantiate(await compiledModule(build, false), memory);
  const linear = new GrowingMemory(memory, kernels.heapBase(), ADDRESS_SPACE);
  const views = new MemoryViews(memory);
  return (args) => {
    checkHostMatmul(error, args);
    multiply({ kernels, linear, views }, args);
  };
}

interface Machine {
  readonly kernels: KernelExports;
  readonly linear: GrowingMemory;
  readonly views: MemoryViews;
}

/** Extents of a block, and where its operands, its result and the kernel's working memory begin. */
interface Places {
  readonly height: number;
  readonly width: number;
  readonly depth: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly workspace: number;
}

function multiply(machine: Machine, args: HostMatmulArgs): void {
  const { a, b, out, m, n, k, transposeA = false, transposeB = false } = args;
  if (k === 0) out.fill(0, 0, m * n);
  if (m === 0 || n === 0 || k === 0) return;
  const symmetric = a === b && transposeA !== transposeB && m === n && m * m <= MOST;
  const places = placesFor(machine, args, symmetric);
  const { height, width, depth } = places;
  for (let l = 0; l < k; l += depth) {
    const terms = Math.min(depth, k - l);
    for (let j = 0; j < n; j += width) {
      const columns = Math.min(width, n - j);
      const right = transposeB ? part(j, columns, l, terms, k) : part(l, terms, j, columns, n);
      if (!symmetric) copyIn(machine, b, right, places.b);
      for (let i = 0; i < m; i += height) {
        const rows = Math.min(height, m - i);
        copyIn(machine, a, transposeA ? part(l, terms, i, rows, m) : part(i, rows, l, terms, k), places.a);
        const extents = { m: rows, n: columns, k: terms, transposeA, transposeB };
        if (symmetric) multiplySymmetric(machine, places, extents);
        else multiplyBlock(machine, places, extents);
        copyOut(machine, places.c, out, { ...part(i, rows, j, columns, n), add: l > 0 });
      }
    }
  }
}

/**
 * Extents of blocks whose operands and results are each of `MOST` numbers at most, and room for them. A symmetric result
 * is one block.
 */
function placesFor({ kernels, linear }: Machine, { m, n, k }: HostMatmulArgs, symmetric: boolean): Places {
  const depth = Math.min(k, MOST_TERMS, symmetric ? Math.floor(MOST / m) : MOST_TERMS);
  const tall = Math.min(m, Math.floor(MOST / depth));
  const width = Math.min(n, Math.floor(MOST / depth), Math.max(LEAST_COLUMNS, Math.floor(MOST / tall)));
  const height = Math.min(tall, Math.floor(MOST / width));
  const sizes = [height * depth, depth * width, height * width].map((size) => 4 * size + GAP);
  const scratch = kernels.matmulWorkspace(height, depth, width);
  const a = linear.workspace(sizes[0]! + sizes[1]! + sizes[2]! + scratch);
  const [b, c] = [a + sizes[0]!, a + sizes[0]! + sizes[1]!];
  return { height, width, depth, a, b, c, workspace: c + sizes[2]! };
}

/** A rectangle of a row-major array. */
interface Part {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
  /** Numbers from one row of the array to the next. */
  readonly stride: number;
}

function part(row: number, rows: number, column: number, columns: number, stride: number): Part {
  return { row, rows, column, columns, stride };
}

/** Copies a rectangle into WebAssembly memory, its rows one after another. */
function copyIn({ views }: Machine, from: Float32Array, rectangle: Part, address: number): void {
  const { row, rows, column, columns, stride } = rectangle;
  const start = row * stride + column;
  if (columns === stride) {
    views.float32.set(from.subarray(start, start + rows * columns), address / 4);
    return;
  }
  for (let i = 0, at = start; i < rows; i++, at += stride) {
    views.float32.set(from.subarray(at, at + columns), address / 4 + i * columns);
  }
}

/** Copies a result to its rectangle, or adds it to what is there. */
function copyOut(
  { views }: Machine,
  address: number,
  to: Float32Array,
  rectangle: Part & { readonly add: boolean },
): void {
  const { row, rows, column, columns, stride, add } = rectangle;
  const result = views.float32.subarray(address / 4, address / 4 + rows * columns);
  const start = row * stride + column;
  if (columns === stride && !add) {
    to.set(result, start);
    return;
  }
  for (let i = 0, at = start, from = 0; i < rows; i++, at += stride, from += columns) {
    if (!add) to.set(result.subarray(from, from + columns), at);
    else for (let j = 0; j < columns; j++) to[at + j]! += result[from + j]!;
  }
}

interface Extents {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function multiplyBlock(
  { kernels }: Machine,
  places: Places,
  { m, n, k, transposeA, transposeB }: Extents,
): void {
  kernels.matmul(
    ...[places.a, 4 * (transposeA ? m : k), Number(transposeA)],
    ...[places.b, 4 * (transposeB ? k : n), Number(transposeB)],
    ...[places.c, 4 * n, m, k, n, NO_BIAS, NO_RELU, places.workspace],
  );
}

/** Bands of rows, each from the diagonal on; then what is above the diagonal is copied below. */
function multiplySymmetric({ kernels, views }: Machine, places: Places, { m, k, transposeA }: Extents): void {
  const stride = 4 * (transposeA ? m : k);
  for (let i = 0; i < m; i += BAND) {
    const from = places.a + (transposeA ? 4 * i : stride * i);
    kernels.matmul(
      ...[from, stride, Number(transposeA)],
      ...[from, stride, Number(!transposeA)],
      ...[places.c + 4 * (i * m + i), 4 * m, Math.min(BAND, m - i), k, m - i],
      ...[NO_BIAS, NO_RELU, places.workspace],
    );
  }
  const c = views.float32.subarray(places.c / 4, places.c / 4 + m * m);
  for (let i = 1; i < m; i++) for (let j = 0; j < i; j++) c[i * m + j] = c[j * m + i]!;
}
