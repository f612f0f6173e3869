import type { Backend } from '@ttrec/backend';
import { loadCheckpoint } from '@ttrec/tensor-files';
import type { Dlrm } from '@ttrec/dlrm';
import type { EmbeddingBag } from '@ttrec/embeddings';
import { MetricsWindow } from './metrics.ts';
import { copyInto, modelFiles, saveModel, type SavedState } from './model-checkpoint.ts';

/**
 * Copies a checkpoint into another run, with one table replaced: its optimizer state starts anew, all else is as it was, but for
 * rows that no record of the training loss counts yet.
 *
 * @param args.model of the new run; it has the numbers when this is done
 */
export async function copyModel(args: {
  readonly from: string;
  readonly checkpoint: string;
  readonly to: string;
  readonly model: Dlrm;
  readonly backend: Backend;
  readonly replaced: { readonly table: string; readonly by: EmbeddingBag };
}): Promise<void> {
  const { from, checkpoint: name, to, model, backend, replaced } = args;
  const prefix = `table.${replaced.table}.`;
  const checkpoint = await loadCheckpoint(from, name);
  try {
    const saved = (await checkpoint.json(modelFiles.state)) as SavedState;
    const weights = await checkpoint.tensors(modelFiles.weights);
    const state = await checkpoint.tensors(modelFiles.optimizer);
    for (const { name: tensor, weights: buffer, state: accumulated } of model.parameters) {
      if (tensor.startsWith(prefix)) continue;
      backend.write(buffer, (await weights.read(tensor)) as Float32Array);
      if (accumulated) backend.write(accumulated, (await state.read(tensor)) as Float32Array);
    }
    for (const { name: tensor, role, data } of model.hostTensors) {
      if (!tensor.startsWith(prefix)) copyInto(data, await (role === 'model' ? weights : state).read(tensor));
    }
    await copyTable(model, replaced.by, prefix, backend);
    const { training, rows } = saved;
    await saveModel({
      folder: to,
      model,
      backend,
      state: training,
      window: new MetricsWindow(),
      rows,
      best: true,
    });
  } finally {
    await checkpoint.close();
  }
}

async function copyTable(model: Dlrm, bag: EmbeddingBag, prefix: string, backend: Backend): Promise<void> {
  const parameters = new Map(model.parameters.map((parameter) => [parameter.name, parameter]));
  for (const { name, weights } of bag.parameters) {
    backend.write(parameters.get(`${prefix}${name}`)!.weights, await backend.read(weights));
  }
  const onHost = new Map(model.hostTensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, data } of bag.hostTensors) copyInto(onHost.get(`${prefix}${name}`)!.data, data);
}
