import type { EmbeddingBag, EmbeddingBagOptions } from '@ttrec/embeddings';

type Parameter = EmbeddingBag['parameters'][number];

/**
 * Scales the cores of each TT to the same root mean square, which changes no row. TT-SVD leaves the norm of the table in one
 * core, so that no learning rate would suit all of them.
 *
 * @param parameters those of one TT are named `core0`, `core1`, … after a common prefix
 */
export async function balanceCores(
  backend: EmbeddingBagOptions['backend'],
  parameters: readonly Parameter[],
): Promise<void> {
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

function coresByTT(parameters: readonly Parameter[]): Parameter[][] {
  const byPrefix = new Map<string, Parameter[]>();
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
