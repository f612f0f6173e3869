/**
 * One level of the walk down the trie: value(node) [rows, cols] = value(parent) [rows, rank] · slice(digit) [rank, cols].
 * A slice is shared by many nodes and a value by many children; whichever is larger stays in the first-level cache.
 */
import { listedRows, matrixRows } from '../products/rows';
import { touch } from '../numbers/touch';

/** Rows of a slice's nodes that are multiplied in one go. */
export const LISTED_ROWS: usize = 64;
/** Numbers of a slice that stay in the first-level cache; a wider slice is taken in blocks of columns. */
const RESIDENT: usize = 8192;

/** Level 0: a node's value is its slice. */
export function ttFirstLevel(core: usize, digit: usize, nodes: usize, length: usize, values: usize): void {
  const bytes = length << 2;
  for (let node: usize = 0; node < nodes; node++) {
    memory.copy(values + node * bytes, core + load<u32>(digit + (node << 2)) * bytes, bytes);
  }
}

/** Child after child, in the order of their parents. */
export function ttForwardByNode(
  above: usize,
  core: usize,
  values: usize,
  parent: usize,
  digit: usize,
  nodes: usize,
  rows: usize,
  rank: usize,
  cols: usize,
): void {
  const valueBytes = rows * rank << 2;
  const sliceBytes = rank * cols << 2;
  const outBytes = rows * cols << 2;
  for (let node: usize = 0; node < nodes; node++) {
    const a = above + load<u32>(parent + (node << 2)) * valueBytes;
    const b = core + load<u32>(digit + (node << 2)) * sliceBytes;
    matrixRows(a, rank << 2, b, cols << 2, values + node * outBytes, cols << 2, rows, rank, cols, false);
  }
}

/**
 * Slice after slice: the values of all parents that meet it are one tall operand, of which only addresses are gathered.
 * Computes the nodes at `first … first + count - 1` of `sliceNodes`.
 */
export function ttForwardBySlice(
  above: usize,
  core: usize,
  values: usize,
  parent: usize,
  sliceDigit: usize,
  sliceOffsets: usize,
  sliceNodes: usize,
  slices: usize,
  first: usize,
  count: usize,
  rows: usize,
  rank: usize,
  cols: usize,
  workspace: usize,
): void {
  const listC = workspace + (LISTED_ROWS << 2);
  for (let slice: usize = 0; slice < slices; slice++) {
    const start = max<usize>(first, load<u32>(sliceOffsets + (slice << 2)));
    const end = min<usize>(first + count, load<u32>(sliceOffsets + (slice << 2), 4));
    if (start >= end) continue;
    const b = core + load<u32>(sliceDigit + (slice << 2)) * (rank * cols << 2);
    // Its products go down its columns and would wait for line after line.
    touch(b, rank * cols << 2);
    let listed: usize = 0;
    for (let i = start; i < end; i++) {
      const node = <usize>load<u32>(sliceNodes + (i << 2));
      let a = above + load<u32>(parent + (node << 2)) * (rows * rank << 2);
      let c = values + node * (rows * cols << 2);
      for (let row: usize = 0; row < rows; row++) {
        store<u32>(workspace + (listed << 2), <u32>a);
        store<u32>(listC + (listed << 2), <u32>c);
        a += rank << 2;
        c += cols << 2;
        if (++listed == LISTED_ROWS) {
          multiplyListed(workspace, listC, listed, b, rank, cols);
          listed = 0;
        }
      }
    }
    if (listed > 0) multiplyListed(workspace, listC, listed, b, rank, cols);
  }
}

function multiplyListed(listA: usize, listC: usize, listed: usize, b: usize, rank: usize, cols: usize): void {
  const ldb = cols << 2;
  if (rank * cols <= RESIDENT) {
    listedRows(listA, listC, listed, b, ldb, rank, cols, false);
    return;
  }
  const block = max<usize>(8, (RESIDENT / rank) & ~7);
  for (let j: usize = 0; j < cols; j += block) {
    listedRows(listA, listC, listed, b + (j << 2), ldb, rank, min<usize>(block, cols - j), false);
    // The lists point at the next block of columns, and after the last one nowhere: they are made anew.
    for (let at = listC, end = listC + (listed << 2); at < end; at += 4) store<u32>(at, load<u32>(at) + <u32>(block << 2));
  }
}
