import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import { error } from '../error.ts';

export interface LinearLayer {
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Returns the layers of a sequence of `Linear`s with activations between them: `0.weight` [out, in], `0.bias` [out], `2.weight`, …
 * Returns none if there is no `0.weight`.
 * @throws `interop/bad-mlp`
 */
export function linearLayers(file: TensorFile, prefix: string): LinearLayer[] {
  const layers: LinearLayer[] = [];
  for (;;) {
    const name = `${prefix}${2 * layers.length}`;
    const weight = file.tensors.get(`${name}.weight`);
    if (weight === undefined) break;
    const [outputs, inputs] = weight.shape;
    const bias = file.tensors.get(`${name}.bias`)?.shape;
    const before = layers.at(-1)?.outputs;
    const fits = weight.shape.length === 2 && bias?.length === 1 && bias[0] === outputs;
    if (!fits || (before !== undefined && before !== inputs)) {
      const rule = `must be a weight [out, ${before ?? 'in'}] and a bias [out]`;
      const got = { weight: weight.shape, bias };
      throw error('bad-mlp', { subject: `${file.name}: ${name}`, rule, got });
    }
    layers.push({ inputs: inputs!, outputs: outputs! });
  }
  requireNoOthers(file, prefix, layers.length);
  return layers;
}

/** Refuses layers of other types, such as a normalisation. */
function requireNoOthers(file: TensorFile, prefix: string, layers: number): void {
  for (const name of file.tensors.keys()) {
    if (!name.startsWith(prefix)) continue;
    const [, place, what] = /^(\d+)\.(.+)$/.exec(name.slice(prefix.length)) ?? [];
    const known = place !== undefined && Number(place) % 2 === 0 && Number(place) < 2 * layers;
    if (known && (what === 'weight' || what === 'bias')) continue;
    const rule = 'must be linear layers with an activation between each two: 0.weight, 0.bias, 2.weight, …';
    throw error('bad-mlp', { subject: `${file.name}: ${prefix}*`, rule, got: name });
  }
}
