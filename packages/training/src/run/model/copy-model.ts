import { loadCheckpoint } from '../../checkpoints/load.ts';
import type { Dlrm } from '@ttrec/dlrm';
import { stateReader, type EmbeddingBag } from '@ttrec/embeddings';
import { MetricsWindow } from '../../records/metrics-window.ts';
import { modelFiles, saveModelCheckpoint, stateOf, type SavedState } from './model-checkpoint.ts';
import { requireTrainedWith, type FoundWith, type TrainedWith } from '../trained-with.ts';

/**
 * Copies a checkpoint into another run, with some tables replaced: their optimizer state starts anew, all else is as it was, but
 * for rows that no record of the training loss counts yet.
 *
 * @param args.model of the new run; it has the numbers when this is done
 * @throws as `requireTrainedWith` and `loadCheckpoint`
 */
export async function copyModel(args: {
  readonly from: string;
  readonly checkpoint: string;
  readonly to: string;
  readonly model: Dlrm;
  /** What the checkpoint has to belong to. */
  readonly found: FoundWith;
  /** What the new run is trained with: its config, the same data. */
  readonly trainedWith: TrainedWith;
  readonly replaced: readonly { readonly table: string; readonly by: EmbeddingBag }[];
}): Promise<void> {
  const { from, checkpoint: name, to, model, found, trainedWith, replaced } = args;
  const tables = replaced.map(({ table, by }) => ({ name: table, by, rows: model.embeddings.table(table) }));
  // By whole names: those of a table "a.b" begin as those of a table "a" do.
  const own = new Set(
    tables.flatMap((table) => table.rows.state().map((tensor) => `table.${table.name}.${tensor.name}`)),
  );
  const checkpoint = await loadCheckpoint(from, name);
  try {
    const saved = (await checkpoint.json(modelFiles.state)) as SavedState;
    requireTrainedWith(saved.trainedWith, found, checkpoint.path);
    await model.loadState(await stateOf(checkpoint), {
      select: ({ name: tensor }) => !own.has(tensor),
      allowUnknown: true,
    });
    for (const { rows, by } of tables) {
      const weights = by.state().filter(({ role }) => role === 'model');
      await rows.loadState(stateReader(weights), { allowMissing: 'training' });
    }
    await saveModelCheckpoint({
      folder: to,
      model,
      state: saved.training,
      window: new MetricsWindow(),
      trainedWith,
      best: true,
    });
  } finally {
    await checkpoint.close();
  }
}
