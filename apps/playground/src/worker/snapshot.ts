import type { Backend } from '@ttrec/backend';
import type { Dlrm } from '@ttrec/dlrm';
import type { Place } from './training.ts';

/** Everything that training changes, in the worker's own memory: an engine may die with its buffers. */
export interface Snapshot {
  readonly place: Place;
  /** In the order of the model's parameters. */
  readonly parameters: readonly {
    readonly weights: Float32Array;
    readonly state: Float32Array | undefined;
  }[];
}

/** Copies of more bytes than this would crowd a tab out of its memory. */
export const MAX_SNAPSHOT_BYTES = 512e6;

export async function takeSnapshot(model: Dlrm, backend: Backend, place: Place): Promise<Snapshot> {
  const parameters = [];
  for (const { weights, state } of model.parameters) {
    parameters.push({
      weights: await backend.read(weights),
      state: state && (await backend.read(state)),
    });
  }
  return { place, parameters };
}

/** Into a model of the same config, on whatever engine. */
export function restoreSnapshot(model: Dlrm, backend: Backend, { parameters }: Snapshot): void {
  model.parameters.forEach(({ weights, state }, i) => {
    const saved = parameters[i]!;
    backend.write(weights, saved.weights);
    if (state && saved.state) backend.write(state, saved.state);
  });
}
