import type { Dataset } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { stateReader } from '@ttrec/embeddings';
import { stateBytes } from '@ttrec/embeddings/model';
import { isTtrecError } from '@ttrec/core';
import { evaluate, fit, initialState, type TrainingState } from '@ttrec/training';
import {
  MetricsWindow,
  type EvaluationRecord,
  type Metrics,
  type TrainRecord,
} from '@ttrec/training/records';
import type { FromWorker, HeldOutPoint, Phase, TrainPoint } from '../protocol/messages.ts';
import { problemOf } from '../protocol/problem.ts';
import type { Settings } from '../settings/settings.ts';
import type { RunningEngine } from './engines.ts';
import { MAX_SNAPSHOT_BYTES, takeSnapshot, type Snapshot } from './snapshot.ts';
import { Gate } from './gate.ts';
import { EVALUATION_ROWS } from './data/held-out.ts';
import { SpeedMeter } from './speed-meter.ts';

/** Steps between points of the training curve, evaluations, and checkpoints. */
const TRAIN_EVERY = 20;
const EVALUATE_EVERY = 100;
export const CHECKPOINT_EVERY = 200;
/** Milliseconds between reports to the page. */
const REPORT_MS = 100;

export interface RunParts {
  readonly engine: RunningEngine;
  readonly config: DlrmConfig;
  readonly settings: Settings;
  readonly dataset: Dataset | undefined;
  readonly target: number;
  readonly emit: (message: FromWorker) => void;
}

/**
 * One model in training. Commands and steps take turns: whatever is asked for happens between two steps, never within one.
 */
export class Run {
  readonly settings: Settings;
  readonly config: DlrmConfig;
  readonly dataset: Dataset | undefined;
  readonly #emit: RunParts['emit'];
  #engine: RunningEngine;
  #model: Dlrm;
  #state: TrainingState = initialState;
  #window = new MetricsWindow();
  #target: number;
  #phase: Phase = 'paused';
  readonly #gate = new Gate();
  /** What stops the training under way, and when it has ended; undefined when there is none. */
  #training: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  /** Called when a pause ends. */
  #goOn: (() => void) | undefined;
  #snapshot: Snapshot | undefined;
  #speed = new SpeedMeter();
  #train: TrainPoint[] = [];
  #heldOut: HeldOutPoint[] = [];
  #hasBegun = false;
  #reported = 0;

  /** Throws what the model's constructor throws; the engine is then the caller's to dispose. */
  constructor({ engine, config, settings, dataset, target, emit }: RunParts) {
    this.settings = settings;
    this.config = config;
    this.dataset = dataset;
    this.#emit = emit;
    this.#engine = engine;
    this.#model = new Dlrm({ backend: engine.backend, ...config });
    this.#target = target;
  }

  /** Begins with saved weights in place of fresh ones. Throws what `Dlrm.loadState` throws. */
  async load(snapshot: Snapshot): Promise<void> {
    await this.#model.loadState(snapshot.state, { allowMissing: 'training' });
    this.#snapshot = snapshot;
    this.#state = snapshot.training;
  }

  /**
   * Begins with what another run has learnt: its layers as they are, and tables fitted to the rows of its tables. Throws what
   * reading them and `TableRows.fit` throw.
   */
  async learnFrom(other: Run): Promise<void> {
    await other.withModel(async (model) => {
      await this.#model.loadState(stateReader(model.state(), 'the present run'), {
        select: ({ name }) => !name.startsWith('table.'),
        allowUnknown: true,
      });
      for (const { name } of this.config.tables) {
        await this.#model.embeddings.table(name).fit(model.embeddings.table(name));
      }
      this.#state = other.#state;
    });
    if (this.keepsCheckpoints) this.#snapshot = await takeSnapshot(this.#model, this.#state);
  }

  get phase(): Phase {
    return this.#phase;
  }

  get engine(): RunningEngine {
    return this.#engine;
  }

  get step(): number {
    return this.#state.step;
  }

  get target(): number {
    return this.#target;
  }

  /** Bytes of weights and optimizer state. */
  get keepsCheckpoints(): boolean {
    return stateBytes(this.#model.state()) <= MAX_SNAPSHOT_BYTES;
  }

  /** Goes on training, in the background. */
  resume(): void {
    if (this.#phase === 'running' || this.#phase === 'lost' || !this.dataset) return;
    this.#setPhase('running');
    this.#speed.start();
    this.#goOn?.();
    if (!this.#training) this.#startTraining(this.dataset);
  }

  /** The step that is under way is still done; only then is it said where training stands. */
  pause(): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'paused';
    void this.#gate.exclusive(async () => {
      this.#report();
      if (this.#phase === 'paused') this.#setPhase('paused');
    });
  }

  async extend(steps: number): Promise<void> {
    await this.#halt();
    this.#target += steps;
    this.resume();
  }

  /** Does something with the model between two steps. */
  withModel<Result>(work: (model: Dlrm, engine: RunningEngine) => Promise<Result>): Promise<Result> {
    return this.#gate.exclusive(() => work(this.#model, this.#engine));
  }

  /**
   * Moves to another engine: with the weights of this moment, or of the last checkpoint when the engine is lost. Until the
   * other one holds them, this one stays.
   */
  async switchEngine(startOther: () => Promise<RunningEngine>): Promise<void> {
    const wasRunning = this.#phase === 'running' || this.#phase === 'lost';
    await this.#halt();
    try {
      await this.#gate.exclusive(() => this.#moveTo(startOther));
    } finally {
      if (wasRunning) this.resume();
    }
  }

  async #moveTo(startOther: () => Promise<RunningEngine>): Promise<void> {
    const isLost = this.#phase === 'lost';
    const isKept = isLost || this.#snapshot?.training.step === this.#state.step;
    const snapshot = isKept ? this.#snapshot : await takeSnapshot(this.#model, this.#state);
    const engine = await startOther();
    let model: Dlrm;
    try {
      model = new Dlrm({ backend: engine.backend, ...this.config });
      if (snapshot) await model.loadState(snapshot.state, { allowMissing: 'training' });
    } catch (thrown) {
      await engine.backend.dispose();
      throw thrown;
    }
    const old = this.#engine.backend;
    this.#engine = engine;
    this.#model = model;
    this.#snapshot = snapshot;
    if (isLost) {
      this.#state = snapshot?.training ?? initialState;
      this.#window = new MetricsWindow();
      this.#phase = 'paused';
    }
    this.#emit({ type: 'engine', engine: engine.report, step: this.step });
    await disposeQuietly(old);
  }

  async dispose(): Promise<void> {
    this.#phase = 'idle';
    await this.#halt();
    await this.#gate.exclusive(() => disposeQuietly(this.#engine.backend));
  }

  /** Ends the training under way after its present step. */
  async #halt(): Promise<void> {
    const training = this.#training;
    if (!training) return;
    if (this.#phase === 'running') this.#phase = 'paused';
    training.stop.abort();
    this.#goOn?.();
    await training.ended;
  }

  #startTraining(dataset: Dataset): void {
    const stop = new AbortController();
    const ended = this.#fit(dataset, stop.signal)
      .catch((thrown: unknown) => this.#fail(thrown))
      .finally(() => (this.#training = undefined));
    this.#training = { stop, ended };
  }

  async #fit(dataset: Dataset, signal: AbortSignal): Promise<void> {
    const { batchSize, learningRate } = this.settings;
    let leave = await this.#gate.enter();
    try {
      if (!this.#hasBegun) await this.#evaluate(dataset);
      this.#hasBegun = true;
      const { interrupted } = await fit(this.#model, dataset, {
        batchSize,
        learningRate,
        steps: this.#target,
        logEvery: TRAIN_EVERY,
        evaluateEvery: EVALUATE_EVERY,
        evaluateRows: EVALUATION_ROWS,
        checkpointEvery: CHECKPOINT_EVERY,
        from: this.#state,
        window: this.#window,
        signal,
        onRecord: (record) => this.#addPoint(record),
        onCheckpoint: (state) => this.#keep(state),
        onStep: async (state, _loss, { readSeconds }) => {
          this.#speed.add(state.samples - this.#state.samples, readSeconds);
          this.#state = state;
          if (performance.now() - this.#reported >= REPORT_MS) this.#report();
          leave();
          await this.#unpaused(signal);
          leave = await this.#gate.enter();
        },
      });
      if (interrupted) return;
      if (this.#state.step % EVALUATE_EVERY > 0) await this.#evaluate(dataset);
      this.#setPhase('done');
      this.#report();
    } finally {
      leave();
    }
  }

  async #evaluate(dataset: Dataset): Promise<void> {
    if (dataset.rows.validation === 0) return;
    const { metrics } = await evaluate(this.#model, dataset, 'validation', { rows: EVALUATION_ROWS });
    this.#heldOut.push(pointOf(this.#state.step, metrics));
  }

  #addPoint(record: TrainRecord | EvaluationRecord): void {
    const { step } = record;
    if (record.type === 'validation') this.#heldOut.push(pointOf(step, record.metrics));
    // Not that of the rows before a pause or an end, which are fewer.
    else if (step % TRAIN_EVERY === 0) this.#train.push({ step, loss: record.loss });
  }

  async #keep(state: TrainingState): Promise<void> {
    if (this.keepsCheckpoints) this.#snapshot = await takeSnapshot(this.#model, state);
  }

  /** Returns at once while training runs, and otherwise when it goes on or is stopped. */
  async #unpaused(signal: AbortSignal): Promise<void> {
    if (this.#phase === 'running' || signal.aborted) return;
    await new Promise<void>((resolve) => (this.#goOn = resolve));
    this.#goOn = undefined;
  }

  /** An engine that fails takes its buffers with it; anything else leaves the model as it is. */
  #fail(thrown: unknown): void {
    this.#report();
    const problem = problemOf(thrown);
    if (isTtrecError(thrown) && !thrown.code.startsWith('backend')) {
      this.#setPhase('failed');
      this.#emit({ type: 'problem', concern: 'run', problem });
      return;
    }
    this.#setPhase('lost');
    const { name } = this.#engine.report;
    this.#emit({ type: 'lost', problem, engine: name, checkpoint: this.#snapshot?.training.step });
  }

  #report(): void {
    this.#reported = performance.now();
    const { stepsPerSecond, rowsPerSecond, readRowsPerSecond } = this.#speed.read();
    const isStreamed = this.dataset?.report.rowsAre === 'streamed';
    this.#emit({
      type: 'progress',
      progress: {
        step: this.step,
        stepsPerSecond,
        rowsPerSecond,
        readRowsPerSecond: isStreamed ? readRowsPerSecond : undefined,
        train: this.#train,
        heldOut: this.#heldOut,
        checkpoint: this.#snapshot?.training.step,
        engineBytes: this.#engine.backend.memory().bytes,
      },
    });
    this.#train = [];
    this.#heldOut = [];
  }

  #setPhase(phase: Phase): void {
    this.#phase = phase;
    this.#emit({ type: 'phase', phase, target: this.#target });
  }
}

function pointOf(step: number, { logLoss, auc, baseRateLogLoss }: Metrics): HeldOutPoint {
  return { step, loss: logLoss!, auc, baseRateLoss: baseRateLogLoss! };
}

/** A backend whose device is gone may refuse even to be disposed of. */
async function disposeQuietly(backend: RunningEngine['backend']): Promise<void> {
  await backend.dispose().catch(() => undefined);
}
