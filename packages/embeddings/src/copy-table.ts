import type { Backend } from '@ttrec/backend';
import { error } from './error.ts';
import type { HostTensor } from './host-tensor.ts';
import type { EmbeddingTable, TableParameter } from './table-kind.ts';

/**
 * Copies every number of a table, optimizer state and host tensors too, into a table of the same config, or of what `grow`
 * made of it: parameters of one name then differ in the length of their first axis alone, and the old rows come first.
 *
 * @throws `embeddings/cannot-grow`, before anything is written
 */
export async function copyTable(backend: Backend, from: EmbeddingTable, to: EmbeddingTable): Promise<void> {
  for (const parameter of from.parameters) requirePrefix(parameter, named(to.parameters, parameter.name));
  for (const tensor of from.hostTensors ?? [])
    requirePrefix(tensor, named(to.hostTensors ?? [], tensor.name));
  for (const { name, weights, state } of from.parameters) {
    const into = named(to.parameters, name)!;
    backend.write(into.weights, await backend.read(weights));
    if (state && into.state) backend.write(into.state, await backend.read(state));
  }
  for (const { name, data } of from.hostTensors ?? [])
    (named(to.hostTensors ?? [], name)!.data as Float64Array).set(data);
  for (const upkeep of to.upkeep ?? []) upkeep.restored();
}

function named<Named extends TableParameter | HostTensor>(
  all: readonly Named[],
  name: string,
): Named | undefined {
  return all.find((each) => each.name === name);
}

function requirePrefix(
  from: { readonly name: string; readonly shape: readonly number[] },
  to: { readonly shape: readonly number[] } | undefined,
): void {
  const [rows, ...rest] = from.shape;
  const [newRows, ...newRest] = to?.shape ?? [];
  if (newRows !== undefined && newRows >= rows! && String(newRest) === String(rest)) return;
  throw error('cannot-grow', {
    subject: `"${from.name}"`,
    rule: `must be ${from.shape.join(' x ')}, or longer in its first axis`,
    got: to?.shape.join(' x '),
  });
}
