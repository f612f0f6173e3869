/** Weighted sums of rows. A sum of up to 32 columns stays in registers while the lookups pass, in ascending order. */
import { madd, storeUpTo4, zero } from './numbers/simd';
import { rowsAtOnce, touchRows } from './numbers/touch';

/** What scales a row: nothing, a weight of its own, or one over the length of its bag. */
const WEIGHTED: u32 = 1;
const MEAN: u32 = 2;

/**
 * `count` of the `batch` bags of every feature; `offsets` and `out` are those of the first of them. `columns` 0 stands for one
 * feature at column 0.
 */
export function bagForward(
  rows: usize,
  ldRows: usize,
  dim: usize,
  offsets: usize,
  lookupRow: usize,
  weights: usize,
  scaling: u32,
  out: usize,
  ldOut: usize,
  batch: usize,
  count: usize,
  columns: usize,
  features: usize,
): void {
  const ahead = rowsAtOnce(dim << 2);
  for (let f: usize = 0; f < features; f++) {
    let to = columns ? out + (load<u32>(columns + (f << 2)) << 2) : out;
    let bag = offsets + (f * batch << 2);
    const last = <usize>load<u32>(bag + (count << 2));
    let touched = <usize>load<u32>(bag);
    for (let b: usize = 0; b < count; b++, to += ldOut, bag += 4) {
      const start = <usize>load<u32>(bag);
      const end = <usize>load<u32>(bag, 4);
      while (touched < end) {
        const more = min<usize>(ahead, last - touched);
        touchRows(rows, ldRows, lookupRow + (touched << 2), more, dim << 2);
        touched += more;
      }
      for (let j: usize = 0; j < dim; j += 16) {
        let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
        for (let l = start; l < end; l++) {
          const from = rows + load<u32>(lookupRow + (l << 2)) * ldRows + (j << 2);
          if (scaling == WEIGHTED) {
            const weight = v128.load32_splat(weights + (l << 2));
            s0 = madd(weight, v128.load(from), s0);
            s1 = madd(weight, v128.load(from, 16), s1);
            s2 = madd(weight, v128.load(from, 32), s2);
            s3 = madd(weight, v128.load(from, 48), s3);
          } else {
            s0 = f32x4.add(s0, v128.load(from));
            s1 = f32x4.add(s1, v128.load(from, 16));
            s2 = f32x4.add(s2, v128.load(from, 32));
            s3 = f32x4.add(s3, v128.load(from, 48));
          }
        }
        if (scaling == MEAN && end > start) {
          const count = f32x4.splat(<f32>(end - start));
          s0 = f32x4.div(s0, count);
          s1 = f32x4.div(s1, count);
          s2 = f32x4.div(s2, count);
          s3 = f32x4.div(s3, count);
        }
        storeUpTo16(to + (j << 2), s0, s1, s2, s3, dim - j);
      }
    }
  }
}

/** The first row whose lookups begin at or after `lookup`. */
function rowFrom(rowOffsets: usize, rows: usize, lookup: usize): usize {
  let low: usize = 0;
  let high = rows;
  while (low < high) {
    const middle = low + high >> 1;
    if (<usize>load<u32>(rowOffsets + (middle << 2)) < lookup) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The rows whose lookups begin among the `count` from `first` on, of `rowLookups`: parts of as many lookups take about as long, where
 * most lookups may be those of a few rows.
 */
export function bagBackward(
  gradOut: usize,
  ldOut: usize,
  batch: u32,
  columns: usize,
  offsets: usize,
  rowOffsets: usize,
  rowLookups: usize,
  lookupBag: usize,
  weights: usize,
  scaling: u32,
  rows: usize,
  first: usize,
  count: usize,
  gradRows: usize,
  ldRows: usize,
  dim: usize,
): void {
  const firstRow = rowFrom(rowOffsets, rows, first);
  const endRow = first + count >= <usize>load<u32>(rowOffsets + (rows << 2)) ? rows : rowFrom(rowOffsets, rows, first + count);
  gradRows += firstRow * ldRows;
  for (let row = firstRow; row < endRow; row++, gradRows += ldRows) {
    const start = <usize>load<u32>(rowOffsets + (row << 2));
    const end = <usize>load<u32>(rowOffsets + (row << 2), 4);
    if (end - start == 1) {
      // Most rows of a large table: found once, not once for every strip.
      const lookup = <usize>load<u32>(rowLookups + (start << 2));
      const bag = load<u32>(lookupBag + (lookup << 2));
      const from = gradientOf(bag, gradOut, ldOut, batch, columns);
      if (scaling == 0) copyRow(from, gradRows, dim);
      else scaleRow(from, gradRows, dim, scaleOf(scaling, weights, lookup, offsets, bag));
      continue;
    }
    for (let j: usize = 0; j < dim; j += 16) {
      let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
      for (let i = start; i < end; i++) {
        const lookup = <usize>load<u32>(rowLookups + (i << 2));
        const bag = load<u32>(lookupBag + (lookup << 2));
        const from = gradientOf(bag, gradOut, ldOut, batch, columns) + (j << 2);
        if (scaling == 0) {
          s0 = f32x4.add(s0, v128.load(from));
          s1 = f32x4.add(s1, v128.load(from, 16));
          s2 = f32x4.add(s2, v128.load(from, 32));
          s3 = f32x4.add(s3, v128.load(from, 48));
          continue;
        }
        const scale = scaleOf(scaling, weights, lookup, offsets, bag);
        s0 = madd(scale, v128.load(from), s0);
        s1 = madd(scale, v128.load(from, 16), s1);
        s2 = madd(scale, v128.load(from, 32), s2);
        s3 = madd(scale, v128.load(from, 48), s3);
      }
      storeUpTo16(gradRows + (j << 2), s0, s1, s2, s3, dim - j);
    }
  }
}

/** Where dL/dout of a bag begins; a bag's number counts through the features, each of `batch` bags. */
@inline
function gradientOf(bag: u32, gradOut: usize, ldOut: usize, batch: u32, columns: usize): usize {
  const feature = bag / batch;
  const column = columns ? <usize>load<u32>(columns + (<usize>feature << 2)) : 0;
  return gradOut + <usize>(bag - feature * batch) * ldOut + (column << 2);
}

@inline
function scaleOf(scaling: u32, weights: usize, lookup: usize, offsets: usize, bag: u32): v128 {
  if (scaling == WEIGHTED) return v128.load32_splat(weights + (lookup << 2));
  const at = offsets + (<usize>bag << 2);
  return f32x4.splat(1 / <f32>(load<u32>(at, 4) - load<u32>(at)));
}

@inline
function copyRow(from: usize, to: usize, dim: usize): void {
  let j: usize = 0;
  for (; j + 16 <= dim; j += 16, from += 64, to += 64) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
  }
  for (; j < dim; j += 4, from += 16, to += 16) storeUpTo4(to, v128.load(from), dim - j);
}

@inline
function scaleRow(from: usize, to: usize, dim: usize, scale: v128): void {
  for (let j: usize = 0; j < dim; j += 4) {
    storeUpTo4(to + (j << 2), f32x4.mul(scale, v128.load(from + (j << 2))), dim - j);
  }
}

@inline
function storeUpTo16(to: usize, s0: v128, s1: v128, s2: v128, s3: v128, count: usize): void {
  storeUpTo4(to, s0, count);
  if (count > 4) storeUpTo4(to + 16, s1, count - 4);
  if (count > 8) storeUpTo4(to + 32, s2, count - 8);
  if (count > 12) storeUpTo4(to + 48, s3, count - 12);
}
