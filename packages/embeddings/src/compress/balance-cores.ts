import type { Backend } from '@ttrec/backend';
import type { TableParameter } from '../table/embedding-table.ts';

/**
 * Scales the cores of each TT to the same root mean square, which changes no row. TT-SVD leaves the norm of the table in one
 * core, so that no learning rate would suit all of them.
 *
 * @param parameters those of one TT are named `core0`, `core1`, … after a common prefix
 */
export async function balanceCores(backend: Backend, parameters: readonly TableParameter[]): Promise<void> {
  for (const cores of coresByTT(parameters)) {
    const values = await Promise.all(cores.map(({ weights }) => backend.read(weights)));
    const sizes = values.map(rootMeanSquare);
    if (sizes.some((size) => size === 0)) continue;
    const common = Math.exp(sizes.reduce((sum, size) => sum + Math.log(size), 0) / sizes.length);
    cores.forEach(({ weights }, k) =>
      backend.write(
        weights,
        values[k]!.map((value) => (value * common) / sizes[k]!),
      ),
    );
  }
}

function coresByTT(parameters: readonly TableParameter[]): TableParameter[][] {
  const byPrefix = new Map<string, TableParameter[]>();
  for (const parameter of parameters) {
    const prefix = /^(.*)core\d+$/.exec(parameter.name)?.[1];
    if (prefix === undefined) continue;
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), parameter]);
  }
  return [...byPrefix.values()];
}

export function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
