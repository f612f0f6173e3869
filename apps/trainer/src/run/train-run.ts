import { removeFile } from '@ttrec/tensor-files/files';
import { JsonLinesWriter, listCheckpoints, markCheckpoint, removeMark } from '@ttrec/training/run-folder';
import type { Dataset } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import { isTtrecError } from '@ttrec/core';
import type { Selection } from '@ttrec/backend';
import { selectEngine } from '../engines.ts';
import { error } from '../error.ts';
import type { Output } from '../terminal/output.ts';
import { TrainingProgress } from '../terminal/progress.ts';
import { announceModel, announceResult, echoConfig } from './announce.ts';
import { buildModel } from './build-model.ts';
import { engineSummary } from './engine-summary.ts';
import { evaluateModel, requireRows } from './evaluate-model.ts';
import { MetricsWindow } from './metrics.ts';
import { grownRun } from './grown-run.ts';
import { checkpointName, restoreGrown, restoreModel, saveModel } from './model-checkpoint.ts';
import { openRunData } from './open-run-data.ts';
import type { EvaluationRecord, FinalRecord, TrainRecord } from './records.ts';
import { rewindRecords } from './rewind-records.ts';
import { requireSameEncoding, savedEncoding, saveEncoding } from './run-encoding.ts';
import { openRun, saveConfig, writeJson, type ClaimedRun } from './run.ts';
import type { StopRequest } from './stop-request.ts';
import { summarise, tableRows } from './tables-summary.ts';
import { testedCheckpoint } from './tested-checkpoint.ts';
import { plannedSteps, trainingLoop, type LoopResult } from './training-loop.ts';
import { trainedWith, type TrainedWith } from './trained-with.ts';
import { initialState, type TrainingState } from './training-state.ts';
import { writeRunReport } from './write-run-report.ts';

export type TrainOutcome =
  { readonly interrupted: true } | { readonly interrupted: false; readonly final: FinalRecord };

export interface TrainRunOptions {
  readonly run: ClaimedRun;
  readonly output: Output;
  readonly stop: StopRequest;
  /** Where a resumed run goes on, by name or mark; `latest` by default. */
  readonly checkpoint?: string;
  /** Opened already, when several runs share it. */
  readonly dataset?: Dataset;
}

/** One training run, from its config to its report: data, engine, model, training, test. */
export async function trainRun(asked: TrainRunOptions): Promise<TrainOutcome> {
  const { output } = asked;
  echoConfig(output, asked.run);
  const dataset = asked.dataset ?? (await openRunData(asked.run, output));
  const run = { ...asked.run, ...(await grownRun(asked.run, dataset)) };
  const options = { ...asked, run };
  requireRows(dataset, 'test');
  const engine = await selectEngine(run.config.backend, run.config.threads);
  try {
    const model = buildModel(engine.backend, run.config, dataset);
    requireTrainable(model);
    announceModel(output, { run, model, engine });
    const session = new Session({ options, dataset, engine, model });
    return await session.run();
  } finally {
    await engine.backend.dispose();
  }
}

/** Before the run folder says that a run began. @throws `trainer/inference-only` */
function requireTrainable(model: Dlrm): void {
  const found = model.embeddings.costs.find(({ cost }) => cost.inferenceOnly);
  if (!found) return;
  throw error('inference-only', {
    subject: `table "${found.table.name}"`,
    rule: 'must be of a kind that trains',
    got: found.table.config,
    hint: 'Train it as "dense" or "tt", and store what was learnt as integers.',
  });
}

interface SessionParts {
  readonly options: TrainRunOptions;
  readonly dataset: Dataset;
  readonly engine: Selection;
  readonly model: Dlrm;
}

class Session {
  readonly #run: ClaimedRun;
  readonly #checkpoint: string;
  readonly #output: Output;
  readonly #stop: StopRequest;
  readonly #dataset: Dataset;
  readonly #engine: Selection;
  readonly #model: Dlrm;
  readonly #trainedWith: TrainedWith;
  readonly #window = new MetricsWindow();

  constructor({ options, dataset, engine, model }: SessionParts) {
    this.#run = options.run;
    this.#checkpoint = options.checkpoint ?? 'latest';
    this.#output = options.output;
    this.#stop = options.stop;
    this.#dataset = dataset;
    this.#trainedWith = trainedWith(options.run.config, dataset);
    this.#engine = engine;
    this.#model = model;
  }

  async run(): Promise<TrainOutcome> {
    const { files } = this.#run;
    const from = await this.#start();
    const records = await JsonLinesWriter.open(files.metrics);
    try {
      const { state, interrupted } = await this.#train(from, records);
      if (interrupted) {
        this.#output.note(`interrupted at step ${state.step}; ${this.#goOn}`);
        return { interrupted: true };
      }
      const final = await this.#finish(state);
      await records.append(final);
      await writeJson(files.final, final);
      await this.#report();
      announceResult(this.#output, final, files);
      return { interrupted: false, final };
    } catch (thrown) {
      if (isTtrecError(thrown, 'tensor-files/cannot-write'))
        this.#output.note(`when it can be written, ${this.#goOn}`);
      throw thrown;
    } finally {
      await records.close().catch(() => undefined);
    }
  }

  get #goOn(): string {
    return `go on with: ttrec train --resume ${this.#run.files.folder}`;
  }

  #report(): Promise<void> {
    const { config, files } = this.#run;
    const { schema } = this.#dataset;
    return writeRunReport({
      path: files.report,
      title: config.name,
      runs: [{ name: config.name, config, files }],
      schema,
      config,
    });
  }

  /** Where training goes on: at the first step, or at a checkpoint, with the records after it taken back. */
  async #start(): Promise<TrainingState> {
    const { files, resumed } = this.#run;
    if (!resumed) {
      await this.#takeOver();
      await removeFile(files.metrics);
      await saveConfig(this.#run);
      await saveEncoding(this.#dataset, files);
      return initialState;
    }
    await requireSameEncoding(this.#dataset, files);
    const state = await this.#restore(this.#checkpoint, this.#window);
    this.#requireNotPast(state.step);
    if (this.#checkpoint !== 'latest') await this.#goBack(state);
    await rewindRecords(files, state, this.#output);
    await saveConfig(this.#run);
    this.#output.note(`resuming after step ${state.step}`);
    return state;
  }

  /** Makes the checkpoint that was named the latest, and the best what was the best when it was saved, if that is still there. */
  async #goBack({ step, best }: TrainingState): Promise<void> {
    const { folder } = this.#run.files;
    await markCheckpoint(folder, checkpointName(step), 'latest');
    if (best && (await hasCheckpoint(folder, checkpointName(best.step)))) {
      await markCheckpoint(folder, checkpointName(best.step), 'best');
    } else {
      await removeMark(folder, 'best');
    }
  }

  /** The weights and optimizer state of the run that this one goes on from, if it does: as that one was tested. */
  async #takeOver(): Promise<void> {
    const { from } = this.#run;
    if (from === undefined) return;
    const { config, files } = await openRun(from);
    const name = await testedCheckpoint(files);
    const found = { config, encoding: await savedEncoding(config, files) };
    await restoreGrown({ folder: from, name, model: this.#model, found });
    this.#output.note(`from     ${from}, checkpoint ${name}`);
  }

  /** A run cannot be made shorter: its config would tell of a run that was never trained. */
  #requireNotPast(step: number): void {
    const target = plannedSteps(this.#run.config.training, this.#dataset.rows.train);
    if (target >= step) return;
    throw error('already-trained', {
      subject: this.#run.files.folder,
      rule: `must go on to at least step ${step}, where it stands`,
      got: `a target of step ${target}`,
      hint: 'Ask for more --steps or --epochs, or start a new run.',
    });
  }

  async #train(from: TrainingState, records: JsonLinesWriter): Promise<LoopResult> {
    const { training } = this.#run.config;
    const total = plannedSteps(training, this.#dataset.rows.train);
    const progress = new TrainingProgress(this.#output, total, from.step);
    return trainingLoop({
      model: this.#model,
      dataset: this.#dataset,
      training,
      from,
      window: this.#window,
      stopRequested: () => this.#stop.requested,
      onStep: (state, loss) => progress.step(state, loss),
      onRecord: async (record: TrainRecord | EvaluationRecord) => {
        progress.record(record);
        await records.append(record);
      },
      save: (state, best) => this.#save(state, best),
    });
  }

  async #save(state: TrainingState, best: boolean): Promise<void> {
    await this.#run.claim.requireHeld();
    await saveModel({
      folder: this.#run.files.folder,
      model: this.#model,
      state,
      window: this.#window,
      trainedWith: this.#trainedWith,
      best,
    });
  }

  /** Tests the weights that did best on validation rows, or the last ones where there are none. */
  async #finish(state: TrainingState): Promise<FinalRecord> {
    const { config, files } = this.#run;
    const step = await this.#loadBest(state);
    const { metrics, bestPossible } = await evaluateModel(this.#model, this.#dataset, 'test');
    const { tables, embeddingDim, optimizer } = this.#model.config;
    return {
      type: 'final',
      name: config.name,
      runFolder: files.folder,
      test: { ...metrics, step, ...(bestPossible ? { bestPossible } : {}) },
      tables: summarise(tableRows(tables, embeddingDim, optimizer.embeddings)),
      data: { rows: this.#dataset.rows, badLines: this.#dataset.report.badLines.count },
      steps: state.step,
      samples: state.samples,
      samplesPerSecond: state.samples / state.trainingSeconds,
      trainingSeconds: state.trainingSeconds,
      backend: this.#engine.backend.name,
      engine: engineSummary(this.#engine, this.#model),
      seed: config.seed,
    };
  }

  async #loadBest({ best, step }: TrainingState): Promise<number> {
    if (!best || best.step === step) return step;
    const { metrics } = await evaluateModel(this.#model, this.#dataset, 'validation');
    if (metrics.logLoss! <= best.logLoss) return step;
    const name = checkpointName(best.step);
    if (!(await hasCheckpoint(this.#run.files.folder, name))) {
      this.#output.note(
        `${name}, the best on validation rows, is no longer there: the last weights are tested`,
      );
      return step;
    }
    await this.#restore(name);
    return best.step;
  }

  #restore(name: string, window?: MetricsWindow): Promise<TrainingState> {
    return restoreModel({
      folder: this.#run.files.folder,
      name,
      model: this.#model,
      found: { config: this.#run.config, encoding: this.#dataset.encoding, data: this.#dataset },
      ...(window ? { window } : {}),
    });
  }
}

async function hasCheckpoint(folder: string, name: string): Promise<boolean> {
  return (await listCheckpoints(folder)).some((checkpoint) => checkpoint.name === name);
}
