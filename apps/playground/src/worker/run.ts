import type { Dataset } from '@ttrec/data';
import { Dlrm, type DlrmConfig } from '@ttrec/dlrm';
import { stateBytes } from '@ttrec/embeddings/kind';
import { isTtrecError } from '@ttrec/core';
import type { FromWorker, HeldOutPoint, Phase, TrainPoint } from '../protocol/messages.ts';
import { problemOf } from '../protocol/problem.ts';
import type { Settings } from '../settings/settings.ts';
import type { RunningEngine } from './engines.ts';
import { MAX_SNAPSHOT_BYTES, takeSnapshot, type Snapshot } from './snapshot.ts';
import { SpeedMeter } from './speed-meter.ts';
import { start, Training, type Place } from './training.ts';
import { turn } from './turn.ts';

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
  #training: Training | undefined;
  #target: number;
  #phase: Phase = 'paused';
  #queue: Promise<unknown> = Promise.resolve();
  #snapshot: Snapshot | undefined;
  #speed = new SpeedMeter();
  #train: TrainPoint[] = [];
  #heldOut: HeldOutPoint[] = [];
  #losses: number[] = [];
  #reported = 0;
  #isLooping = false;

  /** Throws what the model's constructor throws; the engine is then the caller's to dispose. */
  constructor({ engine, config, settings, dataset, target, emit }: RunParts) {
    this.settings = settings;
    this.config = config;
    this.dataset = dataset;
    this.#emit = emit;
    this.#engine = engine;
    this.#model = new Dlrm(engine.backend, config);
    this.#training = this.#trainingFrom(start);
    this.#target = target;
  }

  /** Begins with saved weights in place of fresh ones. Throws what `Dlrm.loadState` throws. */
  async load(snapshot: Snapshot): Promise<void> {
    await this.#model.loadState(snapshot.state, { allowMissing: 'training' });
    this.#snapshot = snapshot;
    this.#training = this.#trainingFrom(snapshot.place);
  }

  get phase(): Phase {
    return this.#phase;
  }

  get engine(): RunningEngine {
    return this.#engine;
  }

  get step(): number {
    return this.#training?.place.step ?? this.#snapshot?.place.step ?? 0;
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
    if (this.#phase === 'running' || this.#phase === 'lost' || !this.#training) return;
    this.#setPhase('running');
    this.#speed.start();
    if (!this.#isLooping) void this.#loop();
  }

  /** The step that is under way is still done; only then is it said where training stands. */
  pause(): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'paused';
    void this.#exclusive(async () => {
      this.#report();
      if (this.#phase === 'paused') this.#setPhase('paused');
    });
  }

  extend(steps: number): void {
    this.#target += steps;
    this.resume();
  }

  /** Does something with the model between two steps. */
  withModel<Result>(work: (model: Dlrm, engine: RunningEngine) => Promise<Result>): Promise<Result> {
    return this.#exclusive(() => work(this.#model, this.#engine));
  }

  /**
   * Moves to another engine: with the weights of this moment, or of the last checkpoint when the engine is lost. Until the
   * other one holds them, this one stays.
   */
  switchEngine(startOther: () => Promise<RunningEngine>): Promise<void> {
    const wasRunning = this.#phase === 'running' || this.#phase === 'lost';
    return this.#exclusive(async () => {
      const isLost = this.#phase === 'lost';
      const snapshot = isLost
        ? this.#snapshot
        : await takeSnapshot(this.#model, this.#training?.place ?? this.#snapshot?.place ?? start);
      const engine = await startOther();
      let model: Dlrm;
      try {
        model = new Dlrm(engine.backend, this.config);
        if (snapshot) await model.loadState(snapshot.state, { allowMissing: 'training' });
      } catch (thrown) {
        await engine.backend.dispose();
        throw thrown;
      }
      const old = this.#engine.backend;
      this.#engine = engine;
      this.#model = model;
      this.#snapshot = snapshot;
      this.#training = this.#trainingFrom(snapshot?.place ?? start);
      this.#losses = [];
      this.#speed.start();
      if (isLost) this.#phase = 'paused';
      this.#emit({ type: 'engine', engine: engine.report, step: this.step });
      await disposeQuietly(old);
    }).then(() => {
      if (wasRunning) this.resume();
    });
  }

  async dispose(): Promise<void> {
    this.#phase = 'idle';
    await this.#exclusive(() => disposeQuietly(this.#engine.backend));
  }

  #trainingFrom(from: Place): Training | undefined {
    const { batchSize, learningRate } = this.settings;
    return this.dataset && new Training(this.dataset, { batchSize, learningRate, from });
  }

  async #loop(): Promise<void> {
    this.#isLooping = true;
    while (this.#phase === 'running') {
      await this.#exclusive(() => this.#advance());
      await turn();
    }
    this.#isLooping = false;
  }

  async #advance(): Promise<void> {
    const training = this.#training;
    if (this.#phase !== 'running' || !training) return;
    try {
      if (training.place.step === 0) await this.#evaluate(training);
      const { loss, rows } = await training.step(this.#model);
      this.#speed.add(rows);
      await this.#afterStep(training, loss);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  async #afterStep(training: Training, loss: number): Promise<void> {
    const { step } = training.place;
    this.#losses.push(loss);
    if (step % TRAIN_EVERY === 0) {
      const mean = this.#losses.reduce((sum, value) => sum + value, 0) / this.#losses.length;
      this.#train.push({ step, loss: mean });
      this.#losses = [];
    }
    const isDone = step >= this.#target;
    if (isDone || step % EVALUATE_EVERY === 0) await this.#evaluate(training);
    if ((isDone || step % CHECKPOINT_EVERY === 0) && this.keepsCheckpoints) {
      this.#snapshot = await takeSnapshot(this.#model, training.place);
    }
    if (isDone) this.#setPhase('done');
    if (isDone || performance.now() - this.#reported >= REPORT_MS) this.#report();
  }

  async #evaluate(training: Training): Promise<void> {
    const point = await training.evaluate(this.#model);
    if (point) this.#heldOut.push(point);
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
    this.#emit({ type: 'lost', problem, engine: name, checkpoint: this.#snapshot?.place.step });
  }

  #report(): void {
    this.#reported = performance.now();
    const { stepsPerSecond, rowsPerSecond } = this.#speed.read();
    this.#emit({
      type: 'progress',
      progress: {
        step: this.step,
        stepsPerSecond,
        rowsPerSecond,
        train: this.#train,
        heldOut: this.#heldOut,
        checkpoint: this.#snapshot?.place.step,
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

  #exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** A backend whose device is gone may refuse even to be disposed of. */
async function disposeQuietly(backend: RunningEngine['backend']): Promise<void> {
  await backend.dispose().catch(() => undefined);
}
