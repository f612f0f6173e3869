import type { Backend } from '@ttrec/backend';
import {
  loadCheckpoint,
  saveCheckpoint,
  type TensorArray,
  type TensorFile,
  type TensorSource,
} from '@ttrec/tensor-files';
import type { Dataset } from '@ttrec/data';
import type { Dlrm, ModelParameter } from '@ttrec/dlrm';
import type { HostTensor } from '@ttrec/embeddings';
import { error } from '../error.ts';
import type { MetricsWindow } from './metrics.ts';
import type { TrainingState } from './training-state.ts';

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
  readonly rows: Dataset['rows'];
}

export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/** Saves weights, optimizer state and position as one checkpoint; the previous one stays whole until this one is. */
export async function saveModel(args: {
  readonly folder: string;
  readonly model: Dlrm;
  readonly backend: Backend;
  readonly state: TrainingState;
  /** The rows since the last record of the training loss. */
  readonly window: MetricsWindow;
  readonly rows: Dataset['rows'];
  readonly best: boolean;
}): Promise<void> {
  const { folder, model, backend, state, window, rows, best } = args;
  const saved: SavedState = { training: state, rows };
  await saveCheckpoint(folder, {
    name: checkpointName(state.step),
    tensors: {
      [modelFiles.weights]: weightsOf(model, backend),
      [modelFiles.optimizer]: stateOf(model, backend),
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
 * @param args.rows of the data that training would go on with; undefined when the model is only to be read
 * @returns where training stood
 * @throws `trainer/checkpoint-mismatch`, naming the first tensor that differs; `trainer/data-changed`; and what
 *   `loadCheckpoint` throws for a truncated or corrupt one. The model is untouched unless every tensor fits.
 */
export async function restoreModel(args: {
  readonly folder: string;
  readonly name: string;
  readonly model: Dlrm;
  readonly backend: Backend;
  readonly window?: MetricsWindow;
  readonly rows?: Dataset['rows'];
}): Promise<TrainingState> {
  const { folder, name, model, backend, window, rows } = args;
  const checkpoint = await loadCheckpoint(folder, name);
  try {
    const saved = (await checkpoint.json(modelFiles.state)) as SavedState;
    if (rows) requireSameRows(saved.rows, rows, checkpoint.path);
    const weights = await checkpoint.tensors(modelFiles.weights);
    const state = await checkpoint.tensors(modelFiles.optimizer);
    requireSameTensors(weights, weightsOf(model, backend));
    requireSameTensors(state, stateOf(model, backend));
    await writeTensors({ weights, state, model, backend });
    if (window) {
      const file = await checkpoint.tensors(modelFiles.window);
      window.add((await file.read('labels')) as Float64Array, (await file.read('logits')) as Float64Array);
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
 * @throws `trainer/checkpoint-mismatch`, naming the first tensor that is neither the same nor longer; what
 *   `loadCheckpoint` throws
 */
export async function restoreGrown(args: {
  readonly folder: string;
  readonly name: string;
  readonly model: Dlrm;
  readonly backend: Backend;
}): Promise<void> {
  const { folder, name, model, backend } = args;
  const checkpoint = await loadCheckpoint(folder, name);
  try {
    const weights = await checkpoint.tensors(modelFiles.weights);
    const state = await checkpoint.tensors(modelFiles.optimizer);
    requireSameTensors(weights, weightsOf(model, backend), mayGrow);
    requireSameTensors(state, stateOf(model, backend), mayGrow);
    await writeTensors({ weights, state, model, backend });
  } finally {
    await checkpoint.close();
  }
}

/** Writes each tensor from its first number on. */
async function writeTensors(args: {
  readonly weights: TensorFile;
  readonly state: TensorFile;
  readonly model: Dlrm;
  readonly backend: Backend;
}): Promise<void> {
  const { weights, state, model, backend } = args;
  for (const { name: tensor, weights: buffer, state: accumulated } of model.parameters) {
    backend.write(buffer, (await weights.read(tensor)) as Float32Array);
    if (accumulated) backend.write(accumulated, (await state.read(tensor)) as Float32Array);
  }
  for (const { name: tensor, role, data } of model.hostTensors) {
    copyInto(data, await (role === 'model' ? weights : state).read(tensor));
  }
  model.embeddings.restored();
}

/** What rows are computed from. */
function weightsOf(model: Dlrm, backend: Backend): TensorSource[] {
  const parameters = model.parameters.map(({ name, shape, weights }): TensorSource => ({
    name,
    dtype: 'F32',
    shape,
    data: () => backend.read(weights),
  }));
  return [...parameters, ...hostSources(model, 'model')];
}

/** What only training needs. */
function stateOf(model: Dlrm, backend: Backend): TensorSource[] {
  const states = model.parameters.flatMap((parameter) => optimizerState(parameter, backend));
  return [...states, ...hostSources(model, 'training')];
}

/** Under the parameter's own name; its shape is the state's, which for row-wise Adagrad is one number a row. */
function optimizerState({ name, state }: ModelParameter, backend: Backend): TensorSource[] {
  if (!state) return [];
  return [{ name, dtype: 'F32', shape: [state.rows, state.cols], data: () => backend.read(state) }];
}

function hostSources({ hostTensors }: Dlrm, wanted: HostTensor['role']): TensorSource[] {
  return hostTensors.filter(({ role }) => role === wanted);
}

/** Both of one dtype and length, as `requireSameTensors` saw. */
export function copyInto(data: HostTensor['data'], values: TensorArray): void {
  (data as Float64Array).set(values as Float64Array);
}

function windowSources({ contents }: MetricsWindow): TensorSource<'F64'>[] {
  const { labels, logits } = contents;
  return Object.entries({ labels, logits }).map(([name, values]) => ({
    name,
    dtype: 'F64',
    shape: [values.length],
    data: Float64Array.from(values),
  }));
}

type Shaped = { readonly dtype: string; readonly shape: readonly number[] };

function requireSameTensors(
  file: TensorFile,
  expected: readonly TensorSource[],
  fits: (inModel: Shaped, inFile: Shaped) => boolean = () => false,
): void {
  const describe = (tensor: Shaped | undefined) =>
    tensor === undefined ? 'nothing' : `${tensor.dtype} [${tensor.shape.join(', ')}]`;
  const wanted = new Map(expected.map((tensor) => [tensor.name, tensor]));
  for (const name of new Set([...wanted.keys(), ...file.tensors.keys()])) {
    const [asked, found] = [wanted.get(name), file.tensors.get(name)];
    const [inModel, inFile] = [describe(asked), describe(found)];
    if (inModel === inFile || (asked && found && fits(asked, found))) continue;
    throw error('checkpoint-mismatch', {
      subject: `${file.name}, tensor "${name}"`,
      rule: `must be ${inModel}, as in the model of the config`,
      got: inFile,
      hint: 'This checkpoint is of another model.',
    });
  }
}

/** Whether a tensor of a file is the beginning of one of the model. */
function mayGrow(inModel: Shaped, inFile: Shaped): boolean {
  const [longer, ...rest] = inModel.shape;
  const [shorter, ...same] = inFile.shape;
  return inModel.dtype === inFile.dtype && longer! >= shorter! && String(rest) === String(same);
}

/** Other rows would come in another order, and vocabularies would give other ids: the run would silently be another. */
function requireSameRows(saved: Dataset['rows'], now: Dataset['rows'], path: string): void {
  if (JSON.stringify(saved) === JSON.stringify(now)) return;
  throw error('data-changed', {
    subject: path,
    rule: `must go on with the rows it was trained on, ${JSON.stringify(saved)}`,
    got: now,
  });
}
