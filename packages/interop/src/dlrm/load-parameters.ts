import type { Backend } from '@ttrec/backend';
import type { Dlrm } from '@ttrec/dlrm';
import { nearest } from '@ttrec/core';
import { error } from '../error.ts';
import type { DlrmState } from './read-dlrm.ts';

/**
 * Writes the numbers that were read into a model of the same config, one parameter at a time, and into what its tables keep on
 * the host: ids of a cache. What only training needs there stays as it is unless it was read.
 * @param wanted says of a parameter, by its name, whether it is to be written; all are by default
 * @throws `interop/missing-parameter`, `interop/wrong-length`, and what reading throws; what came before is written then
 */
export async function loadParameters(
  backend: Backend,
  model: Dlrm,
  parameters: DlrmState['parameters'],
  wanted: (name: string) => boolean = () => true,
): Promise<void> {
  for (const parameter of model.parameters.filter(({ name }) => wanted(name)))
    backend.write(parameter.weights, await valuesOf(parameter, parameters));
  for (const tensor of model.hostTensors.filter(({ name }) => wanted(name))) {
    if (tensor.role === 'training' && !parameters.has(tensor.name)) continue;
    tensor.data.set(await valuesOf(tensor, parameters));
  }
  model.embeddings.restored();
}

async function valuesOf(
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
  parameters: DlrmState['parameters'],
): Promise<Float32Array | Uint32Array> {
  const read = parameters.get(name);
  if (read === undefined) throw missing(name, parameters.keys());
  const values = await read();
  const length = shape.reduce((product, size) => product * size, 1);
  if (values.length === length) return values;
  const rule = `must hold the ${length} numbers of [${shape.join(', ')}]`;
  throw error('wrong-length', { subject: `parameter "${name}"`, rule, got: values.length });
}

function missing(name: string, names: Iterable<string>): Error {
  const near = nearest(name, names);
  return error('missing-parameter', {
    subject: `parameter "${name}"`,
    rule: 'must have been read',
    got: 'nothing',
    ...(near === undefined ? {} : { hint: `Is it "${near}"?` }),
  });
}
