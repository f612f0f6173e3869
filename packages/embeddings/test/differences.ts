import type { Values } from './reference-rows.ts';

/** Numbers that are not worth asking whether the loss reads any of them. */
const FEW = 16;

/**
 * The gradient of `loss` by differences in float64, number by number, at `parameters`. A pooled output is linear in each single number
 * of a table, so that a difference is exact at any step.
 */
export function differences(parameters: readonly Values[], loss: () => number): Float64Array[] {
  return parameters.map(({ data }) => {
    const gradient = new Float64Array(data.length);
    fill(gradient, data, loss);
    return gradient;
  });
}

/** Halves the numbers, and passes by a half that the loss does not read: not a number there, it is one nevertheless. */
function fill(gradient: Float64Array, data: Float64Array, loss: () => number): void {
  if (data.length > FEW) {
    const values = data.slice();
    data.fill(NaN);
    const reads = Number.isNaN(loss());
    data.set(values);
    const half = data.length >> 1;
    if (reads)
      for (const [from, to] of [
        [0, half],
        [half, data.length],
      ] as const)
        fill(gradient.subarray(from, to), data.subarray(from, to), loss);
    return;
  }
  const here = loss();
  data.forEach((value, i) => {
    data[i] = value + 1;
    gradient[i] = loss() - here;
    data[i] = value;
  });
}
