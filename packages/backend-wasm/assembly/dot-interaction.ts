/** Products of all pairs of the feature vectors of an example, and their gradient. One example at a time, in cache. */
import { transpose } from './products/pack';
import { fiveRows, matrixRows } from './products/rows';

@inline
function padTo(multiple: usize, length: usize): usize {
  return (length + multiple - 1) & ~(multiple - 1);
}

/** Bytes of workspace for F features of D numbers, forward or backward. */
export function dotInteractionWorkspace(features: usize, dim: usize): usize {
  const ld = padTo(4, features);
  return (dim * ld + padTo(4, features) * padTo(8, features) << 2) + 64;
}

/** `out` row: the first feature if `passThrough`, then the lower triangle of X·Xᵀ, with its diagonal if `self`. */
export function dotInteraction(
  x: usize,
  ldX: usize,
  examples: usize,
  features: usize,
  dim: usize,
  self: usize,
  passThrough: bool,
  out: usize,
  ldOut: usize,
  workspace: usize,
): void {
  const ldT = padTo(4, features) << 2;
  const products = workspace + dim * ldT;
  const ldP = padTo(8, features) << 2;
  const line = dim << 2;
  for (let example: usize = 0; example < examples; example++, x += ldX, out += ldOut) {
    transpose(x, line, features, dim, workspace, ldT);
    for (let i: usize = 0; i < features; i += 5) {
      const last = features - 1;
      const i1 = min<usize>(i + 1, last);
      const i2 = min<usize>(i + 2, last);
      const i3 = min<usize>(i + 3, last);
      const i4 = min<usize>(i + 4, last);
      fiveRows(
        x + i * line, x + i1 * line, x + i2 * line, x + i3 * line, x + i4 * line,
        workspace, ldT, dim, i4 + 1,
        products + i * ldP, products + i1 * ldP, products + i2 * ldP, products + i3 * ldP, products + i4 * ldP,
        false,
      );
    }
    let to = out;
    if (passThrough) {
      memory.copy(to, x, line);
      to += line;
    }
    for (let i: usize = 0; i < features; i++) {
      const pairs = i + self;
      copyShort(to, products + i * ldP, pairs);
      to += pairs << 2;
    }
  }
}

/** A few numbers, without the cost of starting a memory.copy. */
@inline
function copyShort(to: usize, from: usize, count: usize): void {
  const end = from + (count << 2);
  while (from + 16 <= end) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  while (from < end) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** With S the symmetric matrix of the pairs' gradients (a self-pair counts twice): gradX = S · X. */
export function dotInteractionBackward(
  x: usize,
  ldX: usize,
  examples: usize,
  features: usize,
  dim: usize,
  self: usize,
  passThrough: bool,
  gradOut: usize,
  ldOut: usize,
  gradX: usize,
  ldGradX: usize,
  workspace: usize,
): void {
  const ldS = padTo(4, features) << 2;
  const line = dim << 2;
  for (let example: usize = 0; example < examples; example++) {
    let from = passThrough ? gradOut + line : gradOut;
    for (let i: usize = 0; i < features; i++) {
      const row = workspace + i * ldS;
      store<f32>(row + (i << 2), self ? 2 * load<f32>(from + (i << 2)) : 0);
      for (let j: usize = 0; j < i; j++) {
        const gradient = load<f32>(from + (j << 2));
        store<f32>(row + (j << 2), gradient);
        store<f32>(workspace + j * ldS + (i << 2), gradient);
      }
      from += (i + self) << 2;
    }
    matrixRows(workspace, ldS, x, line, gradX, line, features, features, dim, false);
    if (passThrough) {
      for (let j: usize = 0; j < line; j += 4) store<f32>(gradX + j, load<f32>(gradX + j) + load<f32>(gradOut + j));
    }
    x += ldX;
    gradOut += ldOut;
    gradX += ldGradX;
  }
}
