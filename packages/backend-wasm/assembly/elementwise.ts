/** What goes over elements once: bias and activation, loss, optimizer steps, filling and copying. Strides in bytes. */
import { expOfNegative, log1pOfFraction } from './numbers/exp-log';
import { storeUpTo4, zero } from './numbers/simd';
import { meanSquare, rowOf } from './numbers/row';
import { rowsAtOnce, touchRows } from './numbers/touch';

/** `c = relu?(c + bias)`; a NaN stays one. `bias` 0 stands for none. */
export function biasActivation(c: usize, ldc: usize, rows: usize, cols: usize, bias: usize, relu: bool): void {
  for (let i: usize = 0; i < rows; i++, c += ldc) {
    for (let j: usize = 0; j < cols; j += 4) {
      const at = c + (j << 2);
      let value = v128.load(at);
      if (bias) value = f32x4.add(value, v128.load(bias + (j << 2)));
      if (relu) value = f32x4.pmax(value, zero());
      storeUpTo4(at, value, cols - j);
    }
  }
}

/** Gradients whose output was cut off become 0 (that of a NaN stays); `gradBias` becomes the column sums, rows ascending. */
export function biasActivationBackward(
  y: usize,
  ldy: usize,
  g: usize,
  ldg: usize,
  gradBias: usize,
  rows: usize,
  cols: usize,
  relu: bool,
): void {
  memory.fill(gradBias, 0, cols << 2);
  for (let i: usize = 0; i < rows; i++, y += ldy, g += ldg) {
    for (let j: usize = 0; j < cols; j += 4) {
      const at = j << 2;
      let gradient = v128.load(g + at);
      if (relu) {
        gradient = v128.andnot(gradient, f32x4.le(v128.load(y + at), zero()));
        storeUpTo4(g + at, gradient, cols - j);
      }
      storeUpTo4(gradBias + at, f32x4.add(v128.load(gradBias + at), gradient), cols - j);
    }
  }
}

/** Computed in float64, rounded once; exp(-|z|) is at most 1, so that nothing overflows. */
export function bceWithLogits(
  logits: usize,
  ldLogits: usize,
  labels: usize,
  ldLabels: usize,
  losses: usize,
  ldLosses: usize,
  gradients: usize,
  ldGradients: usize,
  rows: usize,
  scale: f64,
): void {
  for (let i: usize = 0; i < rows; i++) {
    const z = <f64>load<f32>(logits + i * ldLogits);
    const y = <f64>load<f32>(labels + i * ldLabels);
    const decay = expOfNegative(-Math.abs(z));
    const sigmoid = (z >= 0 ? 1 : decay) / (1 + decay);
    store<f32>(losses + i * ldLosses, <f32>(Math.max(z, 0) - z * y + log1pOfFraction(decay)));
    store<f32>(gradients + i * ldGradients, <f32>(scale * (sigmoid - y)));
  }
}

/** Row i of the gradients belongs to row `positions[i]`, or to row i when `positions` is 0. */
export function sgd(
  weights: usize,
  gradients: usize,
  ldGradients: usize,
  positions: usize,
  rows: usize,
  cols: usize,
  learningRate: f32,
): void {
  const rate = f32x4.splat(learningRate);
  const ahead = rowsAtOnce(cols << 2);
  for (let i: usize = 0; i < rows; i += ahead) {
    const end = min<usize>(rows, i + ahead);
    if (positions) touchRows(weights, cols << 2, positions + (i << 2), end - i, cols << 2);
    for (let row = i; row < end; row++, gradients += ldGradients) {
      descend(weights + rowOf(positions, row) * (cols << 2), gradients, cols, rate);
    }
  }
}

/** `w -= rate * g`, a row. */
@inline
function descend(w: usize, g: usize, cols: usize, rate: v128): void {
  let j: usize = 0;
  for (; j + 16 <= cols; j += 16, w += 64, g += 64) {
    v128.store(w, f32x4.sub(v128.load(w), f32x4.mul(rate, v128.load(g))));
    v128.store(w, f32x4.sub(v128.load(w, 16), f32x4.mul(rate, v128.load(g, 16))), 16);
    v128.store(w, f32x4.sub(v128.load(w, 32), f32x4.mul(rate, v128.load(g, 32))), 32);
    v128.store(w, f32x4.sub(v128.load(w, 48), f32x4.mul(rate, v128.load(g, 48))), 48);
  }
  for (; j < cols; j += 4, w += 16, g += 16) {
    storeUpTo4(w, f32x4.sub(v128.load(w), f32x4.mul(rate, v128.load(g))), cols - j);
  }
}

export function adagrad(
  weights: usize,
  state: usize,
  gradients: usize,
  ldGradients: usize,
  positions: usize,
  rows: usize,
  cols: usize,
  learningRate: f32,
  epsilon: f32,
): void {
  const rate = f32x4.splat(learningRate);
  const floor = f32x4.splat(epsilon);
  for (let i: usize = 0; i < rows; i++, gradients += ldGradients) {
    const row = rowOf(positions, i) * (cols << 2);
    for (let j: usize = 0; j < cols; j += 4) {
      const at = row + (j << 2);
      const g = v128.load(gradients + (j << 2));
      const squares = f32x4.add(v128.load(state + at), f32x4.mul(g, g));
      const step = f32x4.div(f32x4.mul(rate, g), f32x4.add(f32x4.sqrt(squares), floor));
      storeUpTo4(state + at, squares, cols - j);
      storeUpTo4(weights + at, f32x4.sub(v128.load(weights + at), step), cols - j);
    }
  }
}

export function rowwiseAdagrad(
  weights: usize,
  state: usize,
  gradients: usize,
  ldGradients: usize,
  positions: usize,
  rows: usize,
  cols: usize,
  learningRate: f64,
  epsilon: f64,
): void {
  for (let i: usize = 0; i < rows; i++, gradients += ldGradients) {
    const row = rowOf(positions, i);
    const sum = <f32>(<f64>load<f32>(state + (row << 2)) + meanSquare(gradients, cols));
    store<f32>(state + (row << 2), sum);
    const step = f32x4.splat(<f32>(learningRate / (Math.sqrt(<f64>sum) + epsilon)));
    descend(weights + row * (cols << 2), gradients, cols, step);
  }
}

export function fill(to: usize, ld: usize, rows: usize, cols: usize, value: f32): void {
  const values = f32x4.splat(value);
  for (let i: usize = 0; i < rows; i++, to += ld) {
    for (let j: usize = 0; j < cols; j += 4) storeUpTo4(to + (j << 2), values, cols - j);
  }
}

/** `c = a * b`, element by element. */
export function multiply(a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, rows: usize, cols: usize): void {
  for (let i: usize = 0; i < rows; i++, a += lda, b += ldb, c += ldc) {
    for (let j: usize = 0; j < cols; j += 4) {
      const at = j << 2;
      storeUpTo4(c + at, f32x4.mul(v128.load(a + at), v128.load(b + at)), cols - j);
    }
  }
}
