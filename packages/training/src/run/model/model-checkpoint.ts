import type { TensorSource } from '@ttrec/tensor-files';
import { loadCheckpoint, type LoadedCheckpoint } from '../../checkpoints/load.ts';
import { saveCheckpoint } from '../../checkpoints/save.ts';
import type { Dlrm } from '@ttrec/dlrm';
import type { StateReader } from '@ttrec/embeddings';
import type { StateRole } from '@ttrec/embeddings/kind';
import type { MetricsWindow } from '../../fit/metrics-window.ts';
import { requireTrainedWith, type FoundWith, type TrainedWith } from '../trained-with.ts';
import type { TrainingState } from '../../fit/training-state.ts';

/** The files of a checkpoint. */
export const modelFiles = {
  weights: 'model.safetensors',
  optimizer: 'optimizer.safetensors',
  window: 'window.safetensors',
  state: 'state.json',
} as const;

/** Checkpoints kept beside the best one. */
const KEPT = 2;

/** What `state` holds. */
export interface SavedState {
  readonly training: TrainingState;
  readonly trainedWith: TrainedWith;
}

export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/** Saves weights, optimizer state and position as one checkpoint; the previous one stays whole until this one is. */
export async function saveModelCheckpoint(args: {
  readonly folder: string;
  readonly model: Dlrm;
  readonly state: TrainingState;
  /** The rows since the last record of the training loss. */
  readonly window: MetricsWindow;
  readonly trainedWith: TrainedWith;
  readonly best: boolean;
}): Promise<void> {
  const { folder, model, state, window, trainedWith, best } = args;
  const saved: SavedState = { training: state, trainedWith };
  await saveCheckpoint(folder, {
    name: checkpointName(state.step),
    tensors: {
      [modelFiles.weights]: withRole(model, 'model'),
      [modelFiles.optimizer]: withRole(model, 'training'),
      [modelFiles.window]: windowSources(window),
    },
    json: { [modelFiles.state]: saved },
    keep: KEPT,
    ...(best ? { mark: 'best' } : {}),
  });
}

/**
 * Loads a checkpoint into a model of the same shapes.
 *
 * @param args.name `latest`, `best`, or a checkpoint's own name
 * @param args.window takes the rows since the last record of the training loss, when training goes on
 * @param args.found what the checkpoint has to belong to
 * @param args.training false for weights alone, without what only further training needs
 * @returns where training stood
 * @throws as `requireTrainedWith`; what `Dlrm.loadState` throws, naming the first tensor that differs; what
 *   `loadCheckpoint` throws for a truncated or corrupt one. The model is untouched then.
 */
export async function restoreModelCheckpoint(args: {
  readonly folder: string;
  readonly name: string;
  readonly model: Dlrm;
  readonly window?: MetricsWindow | undefined;
  readonly found: FoundWith;
  readonly training?: boolean;
}): Promise<TrainingState> {
  const { folder, name, model, window, found, training = true } = args;
  const checkpoint = await loadCheckpoint(folder, name);
  try {
    const saved = (await checkpoint.json(modelFiles.state)) as SavedState;
    requireTrainedWith(saved.trainedWith, found, checkpoint.path);
    if (training) await model.loadState(await stateOf(checkpoint));
    else await model.loadState(await checkpoint.tensors(modelFiles.weights), { allowMissing: 'training' });
    if (window) {
      const file = await checkpoint.tensors(modelFiles.window);
      const read = async (name: string) => (await file.read(name)) as Float64Array;
      const weights = file.tensors.has('weights') ? await read('weights') : undefined;
      window.add({ labels: await read('labels'), logits: await read('logits'), weights });
    }
    return saved.training;
  } finally {
    await checkpoint.close();
  }
}

/**
 * Loads the weights and the optimizer state of another run's checkpoint into a model whose tables may have grown: a tensor
 * that is longer in its first axis keeps what it has behind.
 *
 * @throws what `requireTrainedWith`, `Dlrm.loadState` and `loadCheckpoint` throw
 */
export async function restoreGrownCheckpoint(args: {
  readonly folder: string;
  readonly name: string;
  readonly model: Dlrm;
  readonly found: FoundWith;
}): Promise<void> {
  const { folder, name, model, found } = args;
  const checkpoint = await loadCheckpoint(folder, name);
  try {
    const { trainedWith } = (await checkpoint.json(modelFiles.state)) as SavedState;
    requireTrainedWith(trainedWith, found, checkpoint.path);
    await model.loadState(await stateOf(checkpoint), { allowGrowth: true });
  } finally {
    await checkpoint.close();
  }
}

/** The state of the model that a checkpoint holds. */
export async function stateOf(checkpoint: LoadedCheckpoint): Promise<StateReader> {
  const weights = await checkpoint.tensors(modelFiles.weights);
  const training = await checkpoint.tensors(modelFiles.optimizer);
  return {
    name: checkpoint.path,
    tensors: new Map([...weights.tensors, ...training.tensors]),
    read: (tensor) => (weights.tensors.has(tensor) ? weights : training).read(tensor),
  };
}

function withRole(model: Dlrm, wanted: StateRole): TensorSource[] {
  return model.state().filter(({ role }) => role === wanted);
}

function windowSources({ contents }: MetricsWindow): TensorSource<'F64'>[] {
  const { labels, logits, weights } = contents;
  return Object.entries({ labels, logits, ...(weights && { weights }) }).map(([name, values]) => ({
    name,
    dtype: 'F64',
    shape: [values.length],
    data: Float64Array.from(values),
  }));
}
