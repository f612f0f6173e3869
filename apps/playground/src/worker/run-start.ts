import type { RunStart } from '../protocol/messages.ts';
import { viewTables } from '../settings/tables.ts';
import { dataView, rowFields } from './data-view.ts';
import { CHECKPOINT_EVERY, type Run } from './run.ts';
import type { Source } from './source.ts';
import { bestPossible } from './training.ts';

/** What the page is told of a run that begins. */
export async function runStart(run: Run, source: Source): Promise<RunStart> {
  const { settings, config } = run;
  const { dataset } = source;
  return {
    settings,
    engine: run.engine.report,
    data: dataView(source, dataset),
    tables: viewTables(config.tables, config.embeddingDim),
    fields: rowFields(source),
    bestPossible: dataset && (await bestPossible(dataset)),
    step: run.step,
    target: run.target,
    checkpoints: run.keepsCheckpoints
      ? { every: CHECKPOINT_EVERY }
      : { none: 'the model is too large to be kept twice' },
    scoringOnly: dataset
      ? undefined
      : `${source.name} is not open: drop it again, with the same columns, to train on`,
  };
}
