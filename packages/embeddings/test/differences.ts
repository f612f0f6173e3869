import type { Values } from './reference-rows.ts';

/** A pooled output is linear in each single number of a table, so that a difference is exact at any step. */
const STEP = 0.5;

/** The gradient of `loss` by central differences in float64, number by number, at `parameters`. */
export function differences(parameters: readonly Values[], loss: () => number): Float64Array[] {
  return parameters.map(({ data }) =>
    data.map((value, i) => {
      data[i] = value + STEP;
      const above = loss();
      data[i] = value - STEP;
      const below = loss();
      data[i] = value;
      return (above - below) / (2 * STEP);
    }),
  );
}
