import type { Dlrm } from '@ttrec/dlrm';
import { stateReader, type StateReader } from '@ttrec/embeddings';
import type { TrainingState } from '@ttrec/training';

/** Everything that training changes, in the worker's own memory: an engine may die with its buffers. */
export interface Snapshot {
  readonly training: TrainingState;
  readonly state: StateReader;
}

/** Copies of more bytes than this would crowd a tab out of its memory. */
export const MAX_SNAPSHOT_BYTES = 512e6;

export async function takeSnapshot(model: Dlrm, training: TrainingState): Promise<Snapshot> {
  const tensors = [];
  for (const { data, ...tensor } of model.state()) tensors.push({ ...tensor, data: await data() });
  return { training, state: stateReader(tensors, `snapshot of step ${training.step}`) };
}
