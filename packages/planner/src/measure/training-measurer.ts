import { counted, isTtrecError } from '@ttrec/core';
import type { Backend } from '@ttrec/backend';
import type { Dataset } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import type { TableSpec } from '@ttrec/embeddings';
import { fit, initialState, type FitOptions, type TrainingState } from '@ttrec/training';
import { plannedSteps } from '@ttrec/training/workers';
import { error } from '../error.ts';
import type { Measurement, Measurer, Trial } from './measurement.ts';
import { rowScores, type Metric } from './row-scores.ts';

/** Rows scored at a time. */
const BATCH_SIZE = 2048;
/** Evaluations of one whole training, at most: they cost time and add little. */
const EVALUATIONS = 12;
/** The log-loss of a training that diverged, in nats: worse than any other. */
const DIVERGED = 100;
/** What a timer takes at most, in milliseconds: almost 25 days. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Longer than any training: `fit` evaluates, logs and saves nothing. */
const NEVER = Number.MAX_SAFE_INTEGER;

export interface TrainingMeasurerOptions {
  readonly backend: Backend;
  /** Trains on its training rows, scores its validation rows, and never reads its test rows. */
  readonly dataset: Dataset;
  /** The config of the model with these tables. */
  readonly model: (tables: readonly TableSpec[], seed: number) => DlrmConfig;
  readonly training: Pick<
    FitOptions,
    'batchSize' | 'epochs' | 'steps' | 'learningRate' | 'evaluateEvery' | 'patience'
  >;
  readonly metric: Metric;
  /** Whose scores count: of the best weights of a trial by validation log-loss (default), or of its last ones. */
  readonly tested?: 'best' | 'last';
  readonly signal?: AbortSignal | undefined;
}

/** A training that stands somewhere. */
interface Session {
  readonly model: Dlrm;
  state: TrainingState;
  best: { readonly logLoss: number; readonly scores: Pick<Measurement, 'loss' | 'rows'> } | undefined;
  evaluationsSinceBest: number;
}

/**
 * Measures by training on the rows of a dataset. A trial goes on where the one before it of the same candidate and seed ended, so that
 * measuring at rising shares costs no more than the last. By default it comes to what early stopping by validation log-loss comes to:
 * the scores of the best evaluation so far.
 */
export class TrainingMeasurer {
  readonly #options: TrainingMeasurerOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #steps: number;
  readonly #every: number;
  /** Of the last evaluation, in milliseconds. Those on the way to a share belong to its training. */
  #scoringTime = 0;

  /** @throws `planner/no-validation` for a dataset without validation rows of both classes */
  constructor(options: TrainingMeasurerOptions) {
    this.#options = options;
    const { dataset, training, tested = 'best' } = options;
    const { train, validation } = dataset.rows;
    const { validation: positives } = dataset.positives;
    if (validation === 0 || positives === 0 || positives === validation) {
      throw error('no-validation', {
        subject: 'data, split, validation',
        rule: 'must hold out rows of both labels to measure on',
        got: positives === undefined ? validation : `${positives} positive of ${counted(validation, 'row')}`,
        hint: 'Hold some out in the data section of the config, such as "validation": 0.1.',
      });
    }
    this.#steps = plannedSteps(training, train);
    const asked = training.evaluateEvery ?? Math.ceil(train / (training.batchSize ?? 128));
    this.#every = tested === 'last' ? NEVER : Math.max(asked, Math.ceil(this.#steps / EVALUATIONS));
  }

  readonly measure: Measurer = async (trial) => {
    const ends = [this.#options.signal, endAfter(trial.limit)];
    const stops = AbortSignal.any(ends.filter((each) => each !== undefined));
    const started = performance.now();
    this.#scoringTime = 0;
    const scores = await this.#scores(trial, stops);
    const took = performance.now() - started;
    return scores && { ...scores, seconds: took / 1000, scoring: this.#scoringTime / 1000 };
  };

  async #scores(trial: Trial, signal: AbortSignal): Promise<Pick<Measurement, 'loss' | 'rows'> | undefined> {
    const session = this.#session(trial);
    const target = Math.max(1, Math.round(trial.share * this.#steps));
    try {
      while (session.state.step < target && !this.#hasStalled(session)) {
        const { step } = session.state;
        const next = Math.min(target, step - (step % this.#every) + this.#every);
        if (!(await this.#trainTo(session, next, signal))) return undefined;
        if (!(await this.#evaluate(session, next % this.#every === 0, signal))) return undefined;
      }
    } catch (thrown) {
      // A candidate that diverges at these rates has lost.
      if (!isTtrecError(thrown, 'training/loss-not-finite')) throw thrown;
      this.#end(trial);
      const loss = this.#options.metric === 'auc' ? 1 : DIVERGED;
      return { loss, rows: new Float32Array(this.#options.dataset.rows.validation).fill(loss) };
    }
    if (trial.share === 1 || trial.isLast) this.#end(trial);
    return session.best!.scores;
  }

  /** Frees the models of candidates that will not be trained on. */
  dispose(): void {
    for (const { model } of this.#sessions.values()) model.dispose();
    this.#sessions.clear();
  }

  #session(trial: Trial): Session {
    const key = keyOf(trial);
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const { backend, model } = this.#options;
    const tables = trial.candidate.tables.map(({ name, numEmbeddings, config }) => ({
      name,
      numEmbeddings,
      config,
    }));
    const config = model(tables, trial.seed);
    const session: Session = {
      model: new Dlrm({ backend, ...config }),
      state: initialState,
      best: undefined,
      evaluationsSinceBest: 0,
    };
    this.#sessions.set(key, session);
    return session;
  }

  #end(trial: Trial): void {
    const key = keyOf(trial);
    this.#sessions.get(key)!.model.dispose();
    this.#sessions.delete(key);
  }

  #hasStalled({ evaluationsSinceBest }: Session): boolean {
    return evaluationsSinceBest >= (this.#options.training.patience ?? Infinity);
  }

  /** False if that was stopped. */
  async #trainTo(session: Session, step: number, signal: AbortSignal): Promise<boolean> {
    const { dataset, training } = this.#options;
    const { batchSize, learningRate } = training;
    const result = await fit(session.model, dataset, {
      batchSize,
      learningRate,
      steps: step,
      from: session.state,
      evaluateEvery: NEVER,
      checkpointEvery: NEVER,
      logEvery: NEVER,
      signal,
    });
    session.state = result.state;
    return !result.interrupted;
  }

  /** False if that was stopped. */
  async #evaluate(session: Session, counts: boolean, signal: AbortSignal): Promise<boolean> {
    const started = performance.now();
    const predictions = await this.#predictions(session.model, signal);
    if (predictions === undefined) return false;
    const { labels, logits, weights } = predictions;
    const logLoss = rowScores('log-loss', labels, logits, weights).loss;
    const isLast = this.#options.tested === 'last';
    if (isLast || session.best === undefined || logLoss < session.best.logLoss) {
      session.best = { logLoss, scores: rowScores(this.#options.metric, labels, logits, weights) };
      session.evaluationsSinceBest = 0;
    } else if (counts) {
      session.evaluationsSinceBest++;
    }
    this.#scoringTime = performance.now() - started;
    return true;
  }

  async #predictions(model: Dlrm, signal: AbortSignal) {
    const { dataset } = this.#options;
    const labels = new Float32Array(dataset.rows.validation);
    const logits = new Float32Array(labels.length);
    let weights: Float32Array | undefined;
    let at = 0;
    for await (const batch of dataset.batches({ split: 'validation', batchSize: BATCH_SIZE })) {
      if (signal.aborted) return undefined;
      labels.set(batch.labels, at);
      if (batch.weights) (weights ??= new Float32Array(labels.length)).set(batch.weights, at);
      logits.set(await model.predict(batch, { output: 'logits' }), at);
      at += batch.size;
    }
    return { labels, logits, weights };
  }
}

/** @param limit seconds */
function endAfter(limit: number | undefined): AbortSignal | undefined {
  if (limit === undefined) return undefined;
  return limit > 0
    ? AbortSignal.timeout(Math.min(LONGEST_TIMER, Math.ceil(1000 * limit)))
    : AbortSignal.abort();
}

function keyOf({ candidate, seed }: Trial): string {
  return `${seed} ${candidate.name}`;
}
