import type { TensorSource } from '@ttrec/tensor-files';
import { loadCheckpoint, type LoadedCheckpoint } from '../../checkpoints/load.ts';
import { saveCheckpoint } from '../../checkpoints/save.ts';
import type { Dlrm } from '@ttrec/dlrm';
import type { StateReader, StateTensor } from '@ttrec/embeddings';
import { pieceSpans } from '@ttrec/embeddings/model';
import type { StateRole } from '@ttrec/embeddings/kind';
import type { MetricsWindow } from '../../records/metrics-window.ts';
import type { WeightAverage } from '../../fit/weight-average.ts';
import { requireTrainedWith, type FoundWith, type TrainedWith } from '../trained-with.ts';
import type { TrainingState } from '../../fit/training-state.ts';

/** The files of a checkpoint. */
export const modelFiles = {
  /** Averaged, of a run that averages its weights. */
  weights: 'model.safetensors',
  /** Where those are averaged, what training goes on with. */
  unaveraged: 'unaveraged.safetensors',
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
  readonly average?: WeightAverage | undefined;
  readonly trainedWith: TrainedWith;
  readonly best: boolean;
}): Promise<void> {
  const { folder, model, state, window, average, trainedWith, best } = args;
  const weights = withRole(model, 'model');
  const averages = average?.count ? average.values : undefined;
  const saved: SavedState = { training: state, trainedWith };
  await saveCheckpoint(folder, {
    name: checkpointName(state.step),
    tensors: {
      [modelFiles.weights]: averages ? weights.map((tensor) => averaged(tensor, averages)) : weights,
      ...(averages && { [modelFiles.unaveraged]: weights }),
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
 * @param args.average takes the average that was saved, when training goes on; the model has the weights without it then
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
  readonly average?: WeightAverage | undefined;
  readonly found: FoundWith;
  readonly training?: boolean;
}): Promise<TrainingState> {
  const { folder, name, model, window, average, found, training = true } = args;
  const checkpoint = await loadCheckpoint(folder, name);
  try {
    const saved = (await checkpoint.json(modelFiles.state)) as SavedState;
    requireTrainedWith(saved.trainedWith, found, checkpoint.path);
    const { averaged: count = 0 } = saved.training;
    const resumes = average !== undefined && count > 0 && checkpoint.files.includes(modelFiles.unaveraged);
    if (training) await model.loadState(await stateOf(checkpoint, resumes ? 'unaveraged' : 'weights'));
    else await model.loadState(await checkpoint.tensors(modelFiles.weights), { allowMissing: 'training' });
    if (average && count > 0) {
      const file = await checkpoint.tensors(modelFiles.weights);
      const values = new Map<string, Float32Array>();
      for (const tensor of file.tensors.keys()) values.set(tensor, (await file.read(tensor)) as Float32Array);
      average.restore(count, values);
    }
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

/** The state of the model that a checkpoint holds, with its weights or those that are not averaged. */
export async function stateOf(
  checkpoint: LoadedCheckpoint,
  which: 'weights' | 'unaveraged' = 'weights',
): Promise<StateReader> {
  const weights = await checkpoint.tensors(modelFiles[which]);
  const training = await checkpoint.tensors(modelFiles.optimizer);
  const fileOf = (tensor: string) => (weights.tensors.has(tensor) ? weights : training);
  return {
    name: checkpoint.path,
    tensors: new Map([...weights.tensors, ...training.tensors]),
    read: (tensor) => fileOf(tensor).read(tensor),
    readRows: (tensor, begin, end) => fileOf(tensor).readRows(tensor, begin, end),
  };
}

function withRole(model: Dlrm, wanted: StateRole): TensorSource[] {
  return model
    .state()
    .filter(({ role }) => role === wanted)
    .map(inPieces);
}

/** A tensor of sharded tables is read and written in pieces. */
function inPieces(tensor: StateTensor): TensorSource {
  const { shape, rows } = tensor;
  if (!rows) return tensor;
  return {
    ...tensor,
    async *pieces() {
      for (const [start, end] of pieceSpans(shape)) yield await rows.read(start, end);
    },
  };
}

/** All weights of a model that is averaged are float32. */
function averaged({ name, shape }: TensorSource, averages: ReadonlyMap<string, Float32Array>): TensorSource {
  return { name, dtype: 'F32', shape, data: averages.get(name)! };
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
