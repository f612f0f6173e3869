import type { Backend, Block } from '@ttrec/backend';
import { normals } from '@ttrec/testkit/backend';
import type { StateTensor } from '@ttrec/embeddings';
import type { StateArrays, StateInfo, TableParameter } from '@ttrec/embeddings/kind';
import type { Values } from './reference-rows.ts';

export async function readBlock(backend: Backend, block: Block): Promise<Float32Array> {
  return backend.read(block.buffer, 0, block.rows * block.cols);
}

export function readParameters(
  backend: Backend,
  parameters: readonly TableParameter[],
): Promise<Float32Array[]> {
  return Promise.all(parameters.map(({ weights }) => backend.read(weights)));
}

/** The parameters in float64, for a reference to change. */
export async function parameterValues(
  backend: Backend,
  parameters: readonly TableParameter[],
): Promise<Values[]> {
  const read = await readParameters(backend, parameters);
  return read.map((data, k) => {
    const { name, shape } = parameters[k]!;
    return { name, shape, data: Float64Array.from(data) };
  });
}

/** Overwrites the parameters with normal numbers: a table as initialised is too near zero for its gradients to weigh. */
export function randomise(backend: Backend, parameters: readonly TableParameter[]): void {
  parameters.forEach(({ weights }, k) =>
    backend.write(weights, normals(weights.rows * weights.cols, `parameter ${k}`)),
  );
}

/** A tensor of a state that was read. */
export interface ReadTensor extends StateInfo {
  readonly data: StateArrays[keyof StateArrays];
}

export function readState(from: { state(): StateTensor[] }): Promise<ReadTensor[]> {
  return Promise.all(from.state().map(async ({ data, ...info }) => ({ ...info, data: await data() })));
}

export async function readTensor(
  from: { state(): StateTensor[] },
  name: string,
): Promise<ReadTensor['data']> {
  return from
    .state()
    .find((tensor) => tensor.name === name)!
    .data();
}
