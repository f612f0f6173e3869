/** What goes before an optimizer step, and the steps of Adam and FTRL. Strides in bytes; positions 0 are those of all rows. */
import { meanSquare, rowOf } from './numbers/row';
import { storeUpTo4 } from './numbers/simd';

/** [m | v]: `rate` is that of the step by its correction of m, `correction` that of v; with `rowwise`, one v a row. */
export function adam(
  weights: usize,
  state: usize,
  gradients: usize,
  ldGradients: usize,
  positions: usize,
  rows: usize,
  cols: usize,
  rowwise: bool,
  beta1: f64,
  beta2: f64,
  rate: f64,
  correction: f64,
  epsilon: f64,
): void {
  const width: usize = rowwise ? cols + 1 : 2 * cols;
  const keep1 = f32x4.splat(<f32>beta1), take1 = f32x4.splat(<f32>(1 - beta1));
  const keep2 = f32x4.splat(<f32>beta2), take2 = f32x4.splat(<f32>(1 - beta2));
  const share = f32x4.splat(<f32>correction), floor = f32x4.splat(<f32>epsilon);
  const step = f32x4.splat(<f32>rate);
  for (let i: usize = 0; i < rows; i++, gradients += ldGradients) {
    const row = rowOf(positions, i);
    const w = weights + row * (cols << 2);
    const m = state + row * (width << 2);
    const v = m + (cols << 2);
    let divisor = floor;
    if (rowwise) {
      const square = <f32>(beta2 * <f64>load<f32>(v) + (1 - beta2) * meanSquare(gradients, cols));
      store<f32>(v, square);
      divisor = f32x4.splat(<f32>(Math.sqrt(<f64>square / correction) + epsilon));
    }
    for (let j: usize = 0; j < cols; j += 4) {
      const at = j << 2;
      const g = v128.load(gradients + at);
      if (!rowwise) {
        const square = f32x4.add(f32x4.mul(keep2, v128.load(v + at)), f32x4.mul(take2, f32x4.mul(g, g)));
        storeUpTo4(v + at, square, cols - j);
        divisor = f32x4.add(f32x4.sqrt(f32x4.div(square, share)), floor);
      }
      const moment = f32x4.add(f32x4.mul(keep1, v128.load(m + at)), f32x4.mul(take1, g));
      storeUpTo4(m + at, moment, cols - j);
      storeUpTo4(w + at, f32x4.sub(v128.load(w + at), f32x4.div(f32x4.mul(step, moment), divisor)), cols - j);
    }
  }
}

/** [z | n], in float64. */
export function ftrl(
  weights: usize,
  state: usize,
  gradients: usize,
  ldGradients: usize,
  positions: usize,
  rows: usize,
  cols: usize,
  learningRate: f64,
  epsilon: f64,
  l1: f64,
  l2: f64,
): void {
  for (let i: usize = 0; i < rows; i++, gradients += ldGradients) {
    const row = rowOf(positions, i);
    let w = weights + row * (cols << 2);
    let z = state + row * (cols << 3);
    for (let j: usize = 0; j < cols; j++, w += 4, z += 4) {
      const n = z + (cols << 2);
      const g = <f64>load<f32>(gradients + (j << 2));
      const before = Math.sqrt(<f64>load<f32>(n));
      const squares = <f32>(<f64>load<f32>(n) + g * g);
      const root = Math.sqrt(<f64>squares);
      const sum = <f32>(<f64>load<f32>(z) + g - ((root - before) / learningRate) * <f64>load<f32>(w));
      const over = Math.abs(<f64>sum) - l1;
      const divisor = (epsilon + root) / learningRate + l2;
      store<f32>(n, squares);
      store<f32>(z, sum);
      store<f32>(w, over <= 0 ? 0 : <f32>((sum > 0 ? -over : over) / divisor));
    }
  }
}

/** Steps are counted modulo what float32 holds exactly. */
const STEPS: f64 = 16777216;

/** `squares`, `l2` and `lastStep` 0 stand for none; `most` bounds the share of the weights that is added. */
export function regularize(
  weights: usize,
  gradients: usize,
  ldGradients: usize,
  positions: usize,
  rows: usize,
  cols: usize,
  l2: f64,
  most: f64,
  kept: f32,
  lastStep: usize,
  step: f64,
  squares: usize,
  parts: usize,
  norm: f64,
): void {
  const scale = f32x4.splat(squares ? clipScale(squares, parts, norm) : 1);
  const keep = f32x4.splat(kept);
  for (let i: usize = 0; i < rows; i++, gradients += ldGradients) {
    const row = rowOf(positions, i);
    let steps: f64 = 1;
    if (lastStep) {
      const last = lastStep + (row << 2);
      steps = step - <f64>load<f32>(last);
      if (steps < 0) steps += STEPS;
      store<f32>(last, <f32>step);
    }
    const pull = f32x4.splat(<f32>Math.min(l2 * steps, most));
    const w = weights + row * (cols << 2);
    for (let j: usize = 0; j < cols; j += 4) {
      const at = j << 2;
      const weight = v128.load(w + at);
      let g = v128.load(gradients + at);
      if (squares) g = f32x4.mul(g, scale);
      if (l2 != 0) g = f32x4.add(g, f32x4.mul(pull, weight));
      storeUpTo4(gradients + at, g, cols - j);
      if (kept != 1) storeUpTo4(w + at, f32x4.mul(weight, keep), cols - j);
    }
  }
}

function clipScale(squares: usize, parts: usize, norm: f64): f32 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < parts; i++) sum += <f64>load<f32>(squares + (i << 2));
  return <f32>Math.min(1, norm / (Math.sqrt(sum) + 1e-6));
}

/** In float64, row by row. */
export function sumOfSquares(a: usize, lda: usize, rows: usize, cols: usize, out: usize): void {
  let sum: f64 = 0;
  for (let i: usize = 0; i < rows; i++, a += lda) {
    for (let j: usize = 0; j < cols; j++) {
      const value = <f64>load<f32>(a + (j << 2));
      sum += value * value;
    }
  }
  store<f32>(out, <f32>sum);
}

/** `c = alpha * a + beta * b`; c may be a or b. */
export function add(
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  c: usize,
  ldc: usize,
  rows: usize,
  cols: usize,
  alpha: f32,
  beta: f32,
): void {
  const left = f32x4.splat(alpha), right = f32x4.splat(beta);
  for (let i: usize = 0; i < rows; i++, a += lda, b += ldb, c += ldc) {
    for (let j: usize = 0; j < cols; j += 4) {
      const at = j << 2;
      const sum = f32x4.add(f32x4.mul(left, v128.load(a + at)), f32x4.mul(right, v128.load(b + at)));
      storeUpTo4(c + at, sum, cols - j);
    }
  }
}
