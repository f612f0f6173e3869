import type { EmbeddingBag, EmbeddingBagOptions } from '@ttrec/embeddings';

type Parameter = EmbeddingBag['parameters'][number];

/**
 * Scales the cores of each train so that their entries are of one size, which changes no row: a train is a product. TT-SVD
 * leaves all of the table's norm in one core, so that no one learning rate would suit all.
 *
 * @param parameters those of one train are named `core0`, `core1`, … behind the same prefix
 */
export async function balanceCores(
  backend: EmbeddingBagOptions['backend'],
  parameters: readonly Parameter[],
): Promise<void> {
  for (const cores of trainsAmong(parameters)) {
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

function trainsAmong(parameters: readonly Parameter[]): Parameter[][] {
  const trains = new Map<string, Parameter[]>();
  for (const parameter of parameters) {
    const prefix = /^(.*)core\d+$/.exec(parameter.name)?.[1];
    if (prefix === undefined) continue;
    trains.set(prefix, [...(trains.get(prefix) ?? []), parameter]);
  }
  return [...trains.values()];
}

export function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
