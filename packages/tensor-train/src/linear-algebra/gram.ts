import type { Dense, FloatArray, Matmul } from './matmul.ts';

/** Most columns of a block, and terms summed before float64 takes over (a given matmul may sum in float32). */
const BLOCK = 64;
const TERMS = 1024;

/**
 * Adds A^T A to `out` [n][n]. Only blocks on and above the diagonal are multiplied: about half of 2 m n^2 operations.
 */
export function addGramOfColumns({ a, m, n }: Dense, out: Float64Array, matmul: Matmul): void {
  const blocks = blocksOf(a, n);
  for (let start = 0; start < m; start += TERMS) {
    const rows = Math.min(TERMS, m - start);
    for (const { from, width, block } of blocks) {
      for (let i = 0; i < rows; i++) {
        const at = (start + i) * n + from;
        for (let j = 0; j < width; j++) block[i * width + j] = a[at + j]!;
      }
    }
    addProducts(blocks, { out, n, terms: rows, transposeA: true, matmul });
  }
}

/** Adds A A^T to `out` [m][m], as `addGramOfColumns` does for the columns. */
export function addGramOfRows({ a, m, n }: Dense, out: Float64Array, matmul: Matmul): void {
  const blocks = blocksOf(a, m);
  for (let start = 0; start < n; start += TERMS) {
    const columns = Math.min(TERMS, n - start);
    for (const { from, width, block } of blocks) {
      for (let i = 0; i < width; i++) {
        const at = (from + i) * n + start;
        block.set(a.subarray(at, at + columns), i * columns);
      }
    }
    addProducts(blocks, { out, n: m, terms: columns, transposeA: false, matmul });
  }
}

/** Neighbouring columns (or rows) and, copied together, as many of their terms as are summed at once. */
interface Block {
  readonly from: number;
  readonly width: number;
  readonly block: FloatArray;
}

interface Products {
  readonly out: Float64Array;
  readonly n: number;
  readonly terms: number;
  /** Blocks are [terms][width] when true, [width][terms] when false. */
  readonly transposeA: boolean;
  readonly matmul: Matmul;
}

function addProducts(blocks: readonly Block[], { out, n, terms, transposeA, matmul }: Products): void {
  const product = new Float64Array(BLOCK * BLOCK);
  blocks.forEach((left, at) => {
    for (const right of blocks.slice(at)) {
      const shape = { m: left.width, n: right.width, k: terms };
      matmul({ a: left.block, b: right.block, out: product, ...shape, transposeA, transposeB: !transposeA });
      for (let i = 0; i < left.width; i++) {
        for (let j = 0; j < right.width; j++) {
          const value = product[i * right.width + j]!;
          out[(left.from + i) * n + right.from + j]! += value;
          if (left !== right) out[(right.from + j) * n + left.from + i]! += value;
        }
      }
    }
  });
}

/** Blocks of nearly equal width, in whole tiles of 8, with room for the terms of each. */
function blocksOf(a: FloatArray, length: number): Block[] {
  const count = Math.ceil(length / BLOCK);
  const edge = (block: number) => Math.min(length, 8 * Math.ceil((block * length) / count / 8));
  return Array.from({ length: count }, (_, at) => {
    const width = edge(at + 1) - edge(at);
    const size = width * TERMS;
    const block = a instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
    return { from: edge(at), width, block };
  });
}
