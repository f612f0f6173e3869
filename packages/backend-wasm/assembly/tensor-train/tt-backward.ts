/**
 * One level of the walk up the trie. With A = value(parent) [rows, rank], G = gradient of the node's value [rows, cols]:
 * the slice's gradient [rank, cols] is the sum of Aᵀ·G over its nodes, the parent's gradient [rows, rank] the sum of
 * G·sliceᵀ over its children. Nodes of a slice are ascending; a parent's children have ascending digits, so that slice
 * after slice reaches them in the same order as node after node.
 */
import { outerListed, outerRows } from '../products/outer';
import { copyRows, transpose } from '../products/pack';
import { listedRows, matrixRows } from '../products/rows';
import { storeUpTo4 } from '../numbers/simd';
import { touch } from '../numbers/touch';
import { LISTED_ROWS } from './tt-forward';

/** Numbers of a transposed slice that stay in the first-level cache; a longer one is taken in blocks. */
const RESIDENT: usize = 8192;

@inline
function padTo(multiple: usize, length: usize): usize {
  return (length + multiple - 1) & ~(multiple - 1);
}

/** Bytes of workspace for one level, walked slice after slice. */
export function bySliceWorkspace(rank: usize, cols: usize): usize {
  return 3 * (LISTED_ROWS << 2) + 64 + (cols * padTo(4, rank) << 2) + (padTo(4, rank) * padTo(8, cols) << 2);
}

/**
 * Slice after slice: a slice, its transpose and its gradient stay in cache while its nodes pass.
 * The level has `chunks` of slices with about as many nodes each, of which `count` from `first` on are computed. A chunk
 * sums the gradients of parents on its own: the first of them in `gradAbove`, the others in `partials`, one after another.
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
  cols: usize,
  chunks: usize,
  first: usize,
  count: usize,
  partials: usize,
  workspace: usize,
): void {
  const sumsBytes = nodesAbove * rows * rank << 2;
  for (let chunk = first; chunk < first + count; chunk++) {
    const sums = chunk == 0 ? gradAbove : partials + (chunk - 1) * sumsBytes;
    memory.fill(sums, 0, sumsBytes);
    const end = chunkStart(sliceOffsets, slices, chunk + 1, chunks);
    for (let slice = chunkStart(sliceOffsets, slices, chunk, chunks); slice < end; slice++) {
      backwardSlice(
        above, core, gradValues, sums, gradCore, parent, sliceDigit, sliceOffsets, sliceNodes, slice, rows, rank, cols,
        workspace,
      );
    }
  }
}

/** The first slice whose nodes begin at or after the chunk's share of all nodes. */
function chunkStart(sliceOffsets: usize, slices: usize, chunk: usize, chunks: usize): usize {
  const nodes = <usize>load<u32>(sliceOffsets + (slices << 2));
  const share = <usize>(<u64>nodes * <u64>chunk / <u64>chunks);
  let slice: usize = 0;
  while (slice < slices && <usize>load<u32>(sliceOffsets + (slice << 2)) < share) slice++;
  return slice;
}

function backwardSlice(
  above: usize,
  core: usize,
  gradValues: usize,
  gradAbove: usize,
  gradCore: usize,
  parent: usize,
  sliceDigit: usize,
  sliceOffsets: usize,
  sliceNodes: usize,
  slice: usize,
  rows: usize,
  rank: usize,
  cols: usize,
  workspace: usize,
): void {
  const listG = workspace + (LISTED_ROWS << 2);
  const listP = listG + (LISTED_ROWS << 2);
  const transposed = listP + (LISTED_ROWS << 2);
  const sliceBytes = rank * cols << 2;
  const valueBytes = rows * rank << 2;
  const ldTransposed = padTo(4, rank) << 2;
  const whole = (rank & 3) == 0 && (cols & 7) == 0;
  transpose(core + load<u32>(sliceDigit + (slice << 2)) * sliceBytes, cols << 2, rank, cols, transposed, ldTransposed);
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
        outerListed(workspace, listG, listed, sums, ld, rank, cols, more);
        addListed(listG, listP, listed, transposed, rank, cols);
        more = true;
        listed = 0;
      }
    }
  }
  if (listed > 0) {
    outerListed(workspace, listG, listed, sums, ld, rank, cols, more);
    addListed(listG, listP, listed, transposed, rank, cols);
  }
  if (!whole) copyRows(sums, ld, out, cols << 2, rank, cols);
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

/** Bytes of workspace for one level, walked node after node; its digits are below `digits`. */
export function byNodeWorkspace(digits: usize, slices: usize, rank: usize, cols: usize): usize {
  return (digits << 2) + slices * (cols * padTo(4, rank) << 2) + 64;
}

/** Bytes of the sums of one chunk. They are kept as [cols, rank]: few columns are splat, many ranks make whole vectors. */
export function byNodeSums(slices: usize, rank: usize, cols: usize): usize {
  return slices * (padTo(4, cols) * padTo(8, rank) << 2);
}

/**
 * Node after node: a parent's value and gradient stay in cache while its children pass. For slices of few columns.
 * The level has `chunks` of about as many nodes each, the children of a parent together, of which `count` from `first` on
 * are computed; each sums the gradients of slices on its own, in `sums`, where `ttSliceGradients` finds them.
 */
export function ttBackwardByNode(
  above: usize,
  core: usize,
  gradValues: usize,
  gradAbove: usize,
  parent: usize,
  digit: usize,
  sliceDigit: usize,
  nodes: usize,
  slices: usize,
  rows: usize,
  rank: usize,
  cols: usize,
  chunks: usize,
  first: usize,
  count: usize,
  sums: usize,
  workspace: usize,
): void {
  const ldTransposed = padTo(4, rank) << 2;
  const transposed = workspace;
  const sliceOf = transposed + slices * cols * ldTransposed;
  for (let slice: usize = 0; slice < slices; slice++) {
    transpose(
      core + load<u32>(sliceDigit + (slice << 2)) * (rank * cols << 2),
      cols << 2, rank, cols, transposed + slice * cols * ldTransposed, ldTransposed,
    );
    store<u32>(sliceOf + (load<u32>(sliceDigit + (slice << 2)) << 2), <u32>slice);
  }
  const sumsBytes = byNodeSums(slices, rank, cols);
  for (let chunk = first; chunk < first + count; chunk++) {
    const from = familyStart(parent, nodes, chunk, chunks);
    const end = familyStart(parent, nodes, chunk + 1, chunks);
    const own = sums + chunk * sumsBytes;
    memory.fill(own, 0, sumsBytes);
    backwardNodes(above, gradValues, gradAbove, parent, digit, sliceOf, transposed, from, end, rows, rank, cols, own);
  }
}

/** The first node at or after the chunk's share of all nodes whose parent has no node before it. */
function familyStart(parent: usize, nodes: usize, chunk: usize, chunks: usize): usize {
  let node = <usize>(<u64>nodes * <u64>chunk / <u64>chunks);
  while (node > 0 && node < nodes && load<u32>(parent + (node << 2)) == load<u32>(parent + (node - 1 << 2))) node++;
  return node;
}

function backwardNodes(
  above: usize,
  gradValues: usize,
  gradAbove: usize,
  parent: usize,
  digit: usize,
  sliceOf: usize,
  transposed: usize,
  start: usize,
  end: usize,
  rows: usize,
  rank: usize,
  cols: usize,
  sums: usize,
): void {
  const valueBytes = rows * rank << 2;
  const ldTransposed = padTo(4, rank) << 2;
  const ldSums = padTo(8, rank) << 2;
  const sumsBytes = padTo(4, cols) * ldSums;
  // Every node of a trie has a child. The first one overwrites, which saves a pass that clears; parents ascend.
  let begun: usize = 0;
  for (let node = start; node < end; node++) {
    const slice = <usize>load<u32>(sliceOf + (load<u32>(digit + (node << 2)) << 2));
    const parentNode = <usize>load<u32>(parent + (node << 2));
    const from = parentNode * valueBytes;
    const g = gradValues + node * (rows * cols << 2);
    outerRows(g, cols << 2, above + from, rank << 2, rows, sums + slice * sumsBytes, ldSums, cols, rank);
    matrixRows(
      g, cols << 2, transposed + slice * cols * ldTransposed, ldTransposed,
      gradAbove + from, rank << 2, rows, cols, rank, parentNode < begun,
    );
    begun = parentNode + 1;
  }
}

/** The gradients of `count` slices from the sums of every chunk, added in their order into those of the first. */
export function ttSliceGradients(
  sums: usize,
  chunks: usize,
  slices: usize,
  rank: usize,
  cols: usize,
  first: usize,
  count: usize,
  gradCore: usize,
): void {
  const ldSums = padTo(8, rank) << 2;
  const sliceBytes = padTo(4, cols) * ldSums;
  const chunkBytes = slices * sliceBytes;
  addBlocks(sums + first * sliceBytes, sums + first * sliceBytes + chunkBytes, chunkBytes, chunks - 1, count * sliceBytes >> 2);
  for (let slice = first; slice < first + count; slice++) {
    untranspose(sums + slice * sliceBytes, ldSums, gradCore + slice * (rank * cols << 2), rank, cols);
  }
}

/** `to` [length] += each of `blocks` blocks, `apart` bytes from one to the next, in their order. */
export function addBlocks(to: usize, from: usize, apart: usize, blocks: usize, length: usize): void {
  for (let block: usize = 0; block < blocks; block++, from += apart) {
    for (let i: usize = 0; i < length; i += 4) {
      const at = i << 2;
      storeUpTo4(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)), length - i);
    }
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
