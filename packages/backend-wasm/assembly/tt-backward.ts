/**
 * One level of the walk up the trie. With A = value(parent) [rows, rank], G = gradient of the node's value [rows, cols]:
 * the slice's gradient [rank, cols] is the sum of Aᵀ·G over its nodes, the parent's gradient [rows, rank] the sum of
 * G·sliceᵀ over its children. Nodes of a slice are ascending; a parent's children have ascending digits, so that slice
 * after slice reaches them in the same order as node after node.
 */
import { fill } from './elementwise';
import { outerListed, outerRows } from './outer';
import { copyRows, transpose } from './pack';
import { listedRows, matrixRows } from './rows';
import { touch } from './touch';
import { LISTED_ROWS } from './tt-forward';

/** Numbers of a transposed slice that stay in the first-level cache; a longer one is taken in blocks. */
const RESIDENT: usize = 8192;

@inline
function padTo(multiple: usize, length: usize): usize {
  return (length + multiple - 1) & ~(multiple - 1);
}

/** Bytes of workspace for one level, walked slice after slice; to compute fewer ranks takes no more. */
export function bySliceWorkspace(rank: usize, cols: usize): usize {
  return 3 * (LISTED_ROWS << 2) + 64 + (cols * padTo(4, rank) << 2) + (padTo(4, rank) * padTo(8, cols) << 2);
}

/**
 * Slice after slice: a slice, its transpose and its gradient stay in cache while its nodes pass.
 * Of the `rank` rows of slices and columns of values, `count` are computed; the addresses of `above`, `core`, `gradAbove`
 * and `gradCore` are those of the first of them.
 */
export function ttBackwardBySlice(
  above: usize,
  core: usize,
  gradValues: usize,
  gradAbove: usize,
  gradCore: usize,
  parent: usize,
  sliceDigit: usize,
  sliceOffsets: usize,
  sliceNodes: usize,
  slices: usize,
  nodesAbove: usize,
  rows: usize,
  rank: usize,
  count: usize,
  cols: usize,
  workspace: usize,
): void {
  const listG = workspace + (LISTED_ROWS << 2);
  const listP = listG + (LISTED_ROWS << 2);
  const transposed = listP + (LISTED_ROWS << 2);
  const sliceBytes = rank * cols << 2;
  const valueBytes = rows * rank << 2;
  const ldTransposed = padTo(4, count) << 2;
  const whole = (count & 3) == 0 && (cols & 7) == 0;
  if (count == rank) memory.fill(gradAbove, 0, nodesAbove * valueBytes);
  else fill(gradAbove, rank << 2, nodesAbove * rows, count, 0);
  for (let slice: usize = 0; slice < slices; slice++) {
    transpose(core + load<u32>(sliceDigit + (slice << 2)) * sliceBytes, cols << 2, count, cols, transposed, ldTransposed);
    const out = gradCore + slice * sliceBytes;
    const sums = whole ? out : transposed + cols * ldTransposed;
    const ld = (whole ? cols : padTo(8, cols)) << 2;
    const end = <usize>load<u32>(sliceOffsets + (slice << 2), 4);
    let listed: usize = 0;
    let more = false;
    for (let i: usize = load<u32>(sliceOffsets + (slice << 2)); i < end; i++) {
      const node = <usize>load<u32>(sliceNodes + (i << 2));
      const from = load<u32>(parent + (node << 2)) * valueBytes;
      let g = gradValues + node * (rows * cols << 2);
      // The products go down its columns and would wait for line after line.
      touch(g, rows * cols << 2);
      for (let row: usize = 0, at = from; row < rows; row++, at += rank << 2) {
        store<u32>(workspace + (listed << 2), <u32>(above + at));
        store<u32>(listG + (listed << 2), <u32>g);
        store<u32>(listP + (listed << 2), <u32>(gradAbove + at));
        g += cols << 2;
        if (++listed == LISTED_ROWS) {
          outerListed(workspace, listG, listed, sums, ld, count, cols, more);
          addListed(listG, listP, listed, transposed, count, cols);
          more = true;
          listed = 0;
        }
      }
    }
    if (listed > 0) {
      outerListed(workspace, listG, listed, sums, ld, count, cols, more);
      addListed(listG, listP, listed, transposed, count, cols);
    }
    if (!whole) copyRows(sums, ld, out, cols << 2, count, cols);
  }
}

/** `parent gradient [rank] += node gradient [cols] · transposed slice [cols, rank]`, row by row of the lists. */
function addListed(listG: usize, listP: usize, listed: usize, transposed: usize, rank: usize, cols: usize): void {
  const ld = padTo(4, rank) << 2;
  const block = rank * cols <= RESIDENT ? cols : max<usize>(8, RESIDENT / rank);
  for (let p: usize = 0; p < cols; p += block) {
    listedRows(listG, listP, listed, transposed + p * ld, ld, min<usize>(block, cols - p), rank, true);
    if (p + block >= cols) return;
    for (let at = listG, end = listG + (listed << 2); at < end; at += 4) store<u32>(at, load<u32>(at) + <u32>(block << 2));
  }
}

/** Bytes of workspace for one level, walked node after node; to compute fewer ranks takes no more. */
export function byNodeWorkspace(nodes: usize, slices: usize, rank: usize, cols: usize): usize {
  return (nodes << 2) + slices * (cols * padTo(4, rank) + padTo(4, cols) * padTo(8, rank) << 2);
}

/**
 * Node after node: a parent's value and gradient stay in cache while its children pass. For slices of few columns.
 * Computes `count` of the ranks, as above.
 */
export function ttBackwardByNode(
  above: usize,
  core: usize,
  gradValues: usize,
  gradAbove: usize,
  gradCore: usize,
  parent: usize,
  sliceDigit: usize,
  sliceOffsets: usize,
  sliceNodes: usize,
  slices: usize,
  rows: usize,
  rank: usize,
  count: usize,
  cols: usize,
  workspace: usize,
): void {
  const nodes = <usize>load<u32>(sliceOffsets + (slices << 2));
  const valueBytes = rows * rank << 2;
  const ldTransposed = padTo(4, count) << 2;
  const transposedBytes = cols * ldTransposed;
  // The gradients are summed as [cols, rank]: few columns are splat, many ranks make whole vectors.
  const ldSums = padTo(8, count) << 2;
  const sumsBytes = padTo(4, cols) * ldSums;
  const nodeSlice = workspace;
  const transposed = nodeSlice + (nodes << 2);
  const sums = transposed + slices * transposedBytes;
  memory.fill(sums, 0, slices * sumsBytes);
  for (let slice: usize = 0; slice < slices; slice++) {
    transpose(
      core + load<u32>(sliceDigit + (slice << 2)) * (rank * cols << 2),
      cols << 2, count, cols, transposed + slice * transposedBytes, ldTransposed,
    );
    const end = <usize>load<u32>(sliceOffsets + (slice << 2), 4);
    for (let i: usize = load<u32>(sliceOffsets + (slice << 2)); i < end; i++) {
      store<u32>(nodeSlice + (load<u32>(sliceNodes + (i << 2)) << 2), <u32>slice);
    }
  }
  // Every node of a trie has a child. The first one overwrites, which saves a pass that clears; parents ascend.
  let begun: usize = 0;
  for (let node: usize = 0; node < nodes; node++) {
    const slice = <usize>load<u32>(nodeSlice + (node << 2));
    const parentNode = <usize>load<u32>(parent + (node << 2));
    const from = parentNode * valueBytes;
    const g = gradValues + node * (rows * cols << 2);
    outerRows(g, cols << 2, above + from, rank << 2, rows, sums + slice * sumsBytes, ldSums, cols, count);
    matrixRows(
      g, cols << 2, transposed + slice * transposedBytes, ldTransposed,
      gradAbove + from, rank << 2, rows, cols, count, parentNode < begun,
    );
    begun = parentNode + 1;
  }
  for (let slice: usize = 0; slice < slices; slice++) {
    untranspose(sums + slice * sumsBytes, ldSums, gradCore + slice * (rank * cols << 2), count, cols);
  }
}

/** `to` [rank, cols] from its transpose with padded rows. */
function untranspose(from: usize, ld: usize, to: usize, rank: usize, cols: usize): void {
  if ((cols & 3) == 0) {
    transpose(from, ld, cols, rank, to, cols << 2);
    return;
  }
  for (let i: usize = 0; i < rank; i++) {
    for (let j: usize = 0; j < cols; j++) store<f32>(to + (i * cols + j << 2), load<f32>(from + j * ld + (i << 2)));
  }
}

/** Level 0: the gradient of a slice is the sum over its nodes. */
export function ttFirstGradients(
  gradValues: usize,
  sliceOffsets: usize,
  sliceNodes: usize,
  slices: usize,
  length: usize,
  gradCore: usize,
): void {
  const bytes = length << 2;
  for (let slice: usize = 0; slice < slices; slice++) {
    const to = gradCore + slice * bytes;
    const start = <usize>load<u32>(sliceOffsets + (slice << 2));
    const end = <usize>load<u32>(sliceOffsets + (slice << 2), 4);
    memory.copy(to, gradValues + load<u32>(sliceNodes + (start << 2)) * bytes, bytes);
    for (let i = start + 1; i < end; i++) {
      const from = gradValues + load<u32>(sliceNodes + (i << 2)) * bytes;
      for (let j: usize = 0; j < bytes; j += 4) store<f32>(to + j, load<f32>(to + j) + load<f32>(from + j));
    }
  }
}
