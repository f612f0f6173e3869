import { bestPossible } from '@ttrec/training';
import { tableRows } from '@ttrec/training/records';
import type { RunStart } from '../protocol/messages.ts';
import { dataView, rowFields } from './data/data-view.ts';
import { CHECKPOINT_EVERY, type Run } from './run.ts';
import type { Source } from './data/source.ts';
import { EVALUATION_ROWS } from './data/held-out.ts';

/** What the page is told of a run that begins. */
export async function runStart(run: Run, source: Source): Promise<RunStart> {
  const { settings, config } = run;
  const { dataset } = source;
  const best = dataset && (await bestPossible(dataset, 'validation', { rows: EVALUATION_ROWS }));
  return {
    settings,
    engine: run.engine.report,
    data: dataView(source, dataset),
    tables: tableRows(config.tables, config.embeddingDim, config.optimizer.embeddings),
    fields: rowFields(source),
    bestPossible: best && { loss: best.logLoss, auc: best.auc },
    step: run.step,
    target: run.target,
    checkpoints: run.keepsCheckpoints
      ? { every: CHECKPOINT_EVERY }
      : { none: 'the model is too large to be kept twice' },
    scoringOnly: dataset ? undefined : whyScoringOnly(source),
  };
}

function whyScoringOnly({ name, description }: Source): string {
  return description.source === 'file'
    ? `it was trained elsewhere, and its data is not here to train on`
    : `${name} is not open: drop it again, with the same columns, to train on`;
}
