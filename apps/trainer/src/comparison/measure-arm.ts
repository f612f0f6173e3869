import type { Backend } from '@ttrec/backend';
import type { Dataset } from '@ttrec/data';
import { regimeTraining, type ComparisonSettings } from '@ttrec/training/compare';
import { measuredText } from '../plan/measured/measured-text.ts';
import { measuredData, measureOnRows } from '../plan/measured/measure-plan.ts';
import { planFeatures } from '../plan/plan-features.ts';
import { plannedTables } from '../plan/plan-model.ts';
import type { Output } from '../terminal/output.ts';
import type { MeasureArm } from './cells/train-cells.ts';

/** Of the trials of measuring, away from those of the comparison: a plan must not be chosen for the starts that it is judged by. */
const SEED_OFFSET = 1000;
const METRIC = 'auc';

/**
 * Chooses the tables of the arm `measured`: candidates are trained as the arms are, for a limited time, and scored on validation rows.
 * Test rows are never read.
 */
export function measureArm(on: {
  readonly settings: ComparisonSettings;
  readonly baseDirectory: string;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  readonly output: Output;
}): MeasureArm {
  const { settings, baseDirectory, backend, signal, output } = on;
  let opened: { readonly of: Dataset; readonly rows: Dataset } | undefined;
  return async ({ config, dataset, features, bytes }) => {
    if (opened?.of !== dataset) {
      opened = { of: dataset, rows: await measuredData({ config, baseDirectory }, dataset, output) };
    }
    const { rows } = opened;
    const { rule } = config.training.optimizer.embeddings;
    const plan = await measureOnRows(
      {
        config,
        rows: settings.inFileOrder ? inFileOrder(rows) : rows,
        features,
        measuredFeatures: rows === dataset ? undefined : await planFeatures(config.data, rows),
        asked: {
          embeddingDim: config.model.embeddingDim,
          optimizer: { rule },
          bytes,
          reservedBytes: 0,
        },
        training: regimeTraining(config.training, settings.regime),
        tested: settings.regime === 'one-epoch' ? 'last' : 'best',
        metric: METRIC,
        seed: config.seed + SEED_OFFSET,
      },
      { backend, budget: settings.measure!, signal },
      output,
    );
    for (const line of measuredText(plan, METRIC).split('\n')) output.note(line);
    return { tables: plannedTables(plan), chosen: plan.chosen };
  };
}

function inFileOrder(dataset: Dataset): Dataset {
  return { ...dataset, batches: (of) => dataset.batches({ ...of, shuffle: false }) };
}
