import type { Backend } from '@ttrec/backend';
import type { Dataset } from '@ttrec/data';
import { auc, binaryMetrics, Dlrm } from '@ttrec/dlrm';
import { stateReader, type TableSpec } from '@ttrec/embeddings';
import type { TrainConfig } from '../config/train-config.ts';
import { scoreRows, type ScoredRows } from '../evaluate.ts';
import { fit } from '../fit/fit.ts';
import type { FitOptions } from '../fit/fit-options.ts';
import { WeightAverage } from '../fit/weight-average.ts';
import type { RateOption } from '../fit/schedule.ts';
import { modelConfig } from '../model/model-config.ts';

/**
 * How long models are trained: one pass over the training rows, tested with the last weights; or passes until the validation
 * log-loss has not fallen in two of them, tested with the best.
 */
export type Regime = 'one-epoch' | 'several-epochs';

export const regimes: readonly Regime[] = ['one-epoch', 'several-epochs'];

/** What is random in a run, each by a number of its own. Runs with the same numbers are paired. */
export interface PairedSeed {
  /** Which rows are held out, and what a synthetic stream is. */
  readonly split: number;
  /** The order of the training rows. */
  readonly order: number;
  /** The weights at the start. */
  readonly start: number;
}

export interface PairedRunOptions extends Pick<FitOptions, 'signal' | 'onStep'> {
  readonly backend: Backend;
  /** Opened with the seed of the split. */
  readonly dataset: Dataset;
  /** Everything but the tables, which are given. */
  readonly config: TrainConfig;
  readonly tables: readonly TableSpec[];
  readonly seed: Omit<PairedSeed, 'split'>;
  readonly regime: Regime;
  /** Whether training rows come in the order of the file, as in time, in every epoch. */
  readonly inFileOrder: boolean;
  /** Multiplies the learning rate of the tables; 1 by default. */
  readonly tableRate?: number;
  /** [test rows], the decile of each by the frequency of its ids: `frequencyDeciles`. */
  readonly deciles?: Uint8Array | undefined;
}

export interface Quality {
  readonly logLoss: number;
  /** Null if a class is missing. */
  readonly auc: number | null;
}

export interface PairedRun {
  /** Null without validation rows. */
  readonly validation: Quality | null;
  readonly test: Quality;
  /** Test AUC in each decile, the rarest ids first; null where a class is missing. */
  readonly decileAucs: readonly (number | null)[];
  readonly steps: number;
  /** Passes whose end was reached. */
  readonly epochs: number;
  /** The step whose weights were tested. */
  readonly testedStep: number;
  readonly seconds: number;
  readonly labels: Uint8Array;
  /** [test rows], where they have weights. */
  readonly weights?: Float32Array;
  /** [test rows] */
  readonly logits: Float32Array;
}

const SEVERAL = { epochs: 20, patience: 2 } as const;
/** Between the orders of neighbouring seeds. */
const EPOCHS_A_SEED = 1_000_000;

/** How `fit` trains in a regime. */
export function regimeTraining(
  { batchSize, shards, epochs, steps, learningRate, patience, averaging }: TrainConfig['training'],
  regime: Regime,
): Pick<FitOptions, 'batchSize' | 'shards' | 'epochs' | 'steps' | 'patience' | 'averaging'> & {
  readonly learningRate: TrainConfig['training']['learningRate'];
} {
  const shared = { batchSize, shards, steps, learningRate, averaging };
  if (regime === 'one-epoch') return { ...shared, epochs: 1 };
  return {
    ...shared,
    epochs: epochs > 1 ? epochs : SEVERAL.epochs,
    patience: patience ?? SEVERAL.patience,
  };
}

/**
 * Trains one model and tests it, in memory: one of several that differ in their tables alone. Undefined if `signal` stopped it.
 *
 * @throws what `fit` and `evaluate` throw
 */
export async function pairedRun(options: PairedRunOptions): Promise<PairedRun | undefined> {
  const { backend, config, tables, seed, regime, signal, onStep } = options;
  const dataset = ordered(options.dataset, seed.order, options.inFileOrder);
  const model = new Dlrm({
    backend,
    ...modelConfig(dataset, {
      ...config.model,
      optimizer: config.training.optimizer,
      seed: seed.start,
      tables: [...tables],
    }),
  });
  try {
    const several = regime === 'several-epochs';
    const { learningRate, ...training } = regimeTraining(config.training, regime);
    const { averaging } = training;
    const average = averaging && new WeightAverage(model, averaging);
    let best: { readonly step: number; readonly weights: Awaited<ReturnType<typeof weightsOf>> } | undefined;
    const { state, interrupted } = await fit(model, dataset, {
      ...training,
      average,
      learningRate: scaledRate(learningRate, options.tableRate ?? 1),
      logEvery: Number.MAX_SAFE_INTEGER,
      ...(several ? {} : { evaluateEvery: Number.MAX_SAFE_INTEGER }),
      checkpointEvery: Number.MAX_SAFE_INTEGER,
      signal,
      onStep,
      onCheckpoint: async ({ step }, about) => {
        const weights = () => weightsOf(model);
        if (about.best) best = { step, weights: await (average?.during(weights) ?? weights()) };
      },
    });
    if (interrupted) return undefined;
    if (best) await model.loadState(stateReader(best.weights), { allowMissing: 'training' });
    const validation =
      dataset.rows.validation === 0 ? null : qualityOf(await scoreRows(model, dataset, 'validation'));
    const test = await scoreRows(model, dataset, 'test');
    return {
      validation,
      test: qualityOf(test),
      decileAucs: options.deciles ? decileAucs(test, options.deciles) : [],
      steps: state.step,
      epochs: state.epoch,
      testedStep: best?.step ?? state.step,
      seconds: state.trainingSeconds,
      labels: Uint8Array.from(test.labels),
      ...(test.weights && { weights: Float32Array.from(test.weights) }),
      logits: Float32Array.from(test.logits),
    };
  } finally {
    model.dispose();
  }
}

/** The same rows, their training order that of another seed, or that of the file. */
function ordered(dataset: Dataset, order: number, inFileOrder: boolean): Dataset {
  return {
    ...dataset,
    batches: (of) =>
      dataset.batches(
        of.split === 'train'
          ? { ...of, epoch: (of.epoch ?? 0) + order * EPOCHS_A_SEED, shuffle: !inFileOrder }
          : of,
      ),
  };
}

function weightsOf(model: Dlrm) {
  const weights = model.state().filter(({ role }) => role === 'model');
  return Promise.all(weights.map(async (tensor) => ({ ...tensor, data: await tensor.data() })));
}

function scaledRate(rate: TrainConfig['training']['learningRate'], factor: number): RateOption {
  if (factor === 1) return rate;
  const parts = typeof rate === 'object' && 'embeddings' in rate ? rate : { embeddings: rate, dense: rate };
  const { embeddings } = parts;
  const scaled =
    typeof embeddings === 'number'
      ? factor * embeddings
      : {
          ...embeddings,
          rate: factor * embeddings.rate,
          ...('final' in embeddings && embeddings.final !== undefined
            ? { final: factor * embeddings.final }
            : {}),
        };
  return { ...parts, embeddings: scaled };
}

function qualityOf({ labels, logits, weights }: ScoredRows): Quality {
  const { logLoss, auc: area } = binaryMetrics(labels, logits, { fromLogits: true, weights });
  return { logLoss, auc: Number.isNaN(area) ? null : area };
}

function decileAucs({ labels, logits, weights }: ScoredRows, deciles: Uint8Array): (number | null)[] {
  return Array.from({ length: 10 }, (_, decile) => {
    const rows = Array.from(labels.keys()).filter((row) => deciles[row] === decile);
    if (weights && rows.every((row) => weights[row] === 0)) return null;
    const area = auc(
      rows.map((row) => labels[row]!),
      rows.map((row) => logits[row]!),
      weights && rows.map((row) => weights[row]!),
    );
    return Number.isNaN(area) ? null : area;
  });
}
