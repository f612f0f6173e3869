import type { Selection } from '@ttrec/backend';
import { isTtrecError } from '@ttrec/core';
import type { Dataset } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import { removeFile } from '@ttrec/tensor-files/files';
import { listCheckpoints } from '../checkpoints/list.ts';
import { markCheckpoint, removeMark } from '../checkpoints/mark.ts';
import { error } from '../error.ts';
import { requireRows } from '../evaluate.ts';
import { fit, type FitExchange, type FitResult } from '../fit/fit.ts';
import { plannedSteps, type FitOptions } from '../fit/fit-options.ts';
import { MetricsWindow } from '../records/metrics-window.ts';
import { initialState, type TrainingState } from '../fit/training-state.ts';
import type { WeightAverage } from '../fit/weight-average.ts';
import { engineSummary } from '../model/engine-summary.ts';
import { modelTableRows, summarise } from '../model/table-prices.ts';
import type { EvaluationRecord, FinalRecord, TrainRecord, WorkersSummary } from '../records/run-record.ts';
import type { Communicator } from '../workers/communicator.ts';
import { leadState } from '../workers/state-exchange.ts';
import { WorkerGroup } from '../workers/worker-group.ts';
import { JsonLinesWriter } from '../run-folder/json-lines.ts';
import {
  checkpointName,
  restoreGrownCheckpoint,
  restoreModelCheckpoint,
  saveModelCheckpoint,
} from './model/model-checkpoint.ts';
import { rewindRecords } from './rewind-records.ts';
import { requireSameEncoding, savedEncoding, saveEncoding } from './run-encoding.ts';
import { openRun, saveConfig, writeJson, type ClaimedRun } from './run.ts';
import { testedCheckpoint } from './model/tested-checkpoint.ts';
import { averageOf, requireSameData, testedWeights, trainingOptions } from './shared-run.ts';
import { trainedWith, type TrainedWith } from './trained-with.ts';

export type TrainOutcome =
  { readonly interrupted: true } | { readonly interrupted: false; readonly final: FinalRecord };

export interface TrainRunOptions extends Pick<FitOptions, 'signal' | 'onStep' | 'onRecord'> {
  readonly run: ClaimedRun;
  readonly dataset: Dataset;
  /** What computes, and what was passed over for it. */
  readonly engine: Selection;
  /** As `runModelConfig` says, on that engine. It is left with the weights that were tested. */
  readonly model: Dlrm;
  /** Where a resumed run goes on, by name or mark; `latest` by default. */
  readonly checkpoint?: string | undefined;
  /** The workers that train the run together, of which this is the first; the others call `followRun`. */
  readonly communicator?: Communicator | undefined;
  /** Told where training begins. */
  readonly onStart?: ((state: TrainingState) => void) | undefined;
  /** Told what a reader of the log has to know: where a run goes on, what was missing. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/**
 * Trains a run in its folder: from its beginning or a checkpoint to its end, saved on the way, and tested. Resumed, it is the run that
 * never stopped, bit for bit.
 *
 * @throws `training/empty-split`, `training/inference-only`, `training/already-trained`; what `fit`, `requireTrainedWith` and writing
 *   throw
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainOutcome> {
  requireRows(options.dataset, 'test');
  requireTrainable(options.model);
  return new Session(options).run();
}

/** Before the run folder says that a run began. @throws `training/inference-only` */
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

class Session {
  readonly #options: TrainRunOptions;
  readonly #run: ClaimedRun;
  readonly #checkpoint: string;
  readonly #dataset: Dataset;
  readonly #model: Dlrm;
  readonly #trainedWith: TrainedWith;
  readonly #window = new MetricsWindow();
  readonly #average: WeightAverage | undefined;
  readonly #workers: WorkerGroup;

  constructor(options: TrainRunOptions) {
    this.#options = options;
    this.#run = options.run;
    this.#checkpoint = options.checkpoint ?? 'latest';
    this.#dataset = options.dataset;
    this.#model = options.model;
    this.#trainedWith = trainedWith(options.run.config, options.dataset);
    this.#workers = new WorkerGroup(options.communicator);
    this.#average = averageOf(options.model, options.run.config);
  }

  async run(): Promise<TrainOutcome> {
    const { files } = this.#run;
    await requireSameData(this.#dataset, this.#workers);
    const start = await leadState(this.#model, this.#workers, () => this.#start());
    const from = await this.#workers.share(() => start);
    if (from.step > 0 || this.#run.from !== undefined) await this.#workers.shareModel(this.#model);
    await this.#workers.shareAverage(this.#average, from.averaged);
    const records = await JsonLinesWriter.open(files.metrics);
    try {
      const { state, interrupted, exchange } = await this.#train(from, records);
      if (interrupted) {
        this.#note(`interrupted at step ${state.step}; ${this.#goOn}`);
        return { interrupted: true };
      }
      const final = await this.#finish(state, exchange);
      await records.append(final);
      await writeJson(files.final, final);
      return { interrupted: false, final };
    } catch (thrown) {
      if (isTtrecError(thrown, 'tensor-files/cannot-write'))
        this.#note(`when it can be written, ${this.#goOn}`);
      throw thrown;
    } finally {
      await records.close().catch(() => undefined);
    }
  }

  get #goOn(): string {
    return `go on with: ttrec train --resume ${this.#run.files.folder}`;
  }

  #note(text: string): void {
    this.#options.onNote?.(text);
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
    const { window, average } = { window: this.#window, average: this.#average };
    const state = await this.#restore(this.#checkpoint, { window, average });
    this.#requireNotPast(state.step);
    if (this.#checkpoint !== 'latest') await this.#goBack(state);
    await rewindRecords(files, state, (text) => this.#note(text));
    await saveConfig(this.#run);
    this.#note(`resuming after step ${state.step}`);
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
    const { config, files } = await openRun(from, { loadedKinds: this.#run.config.kinds });
    const name = await testedCheckpoint(files);
    const found = { config, encoding: await savedEncoding(config, files) };
    await restoreGrownCheckpoint({ folder: from, name, model: this.#model, found });
    this.#note(`from     ${from}, checkpoint ${name}`);
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

  async #train(from: TrainingState, records: JsonLinesWriter): Promise<FitResult> {
    const { signal, onStep, onRecord, onStart } = this.#options;
    onStart?.(from);
    const result = await fit(this.#model, this.#dataset, {
      ...trainingOptions(this.#run.config, this.#workers),
      from,
      window: this.#window,
      average: this.#average,
      signal,
      onStep,
      onRecord: async (record: TrainRecord | EvaluationRecord) => {
        await onRecord?.(record);
        await records.append(record);
      },
      onDeadTables: (tables, step) => {
        const names = tables.map((table) => JSON.stringify(table)).join(', ');
        const what = tables.length === 1 ? `table ${names} does` : `tables ${names} do`;
        this.#note(
          `at step ${step}, ${what} not train: nothing has changed there. Try another seed, a lower learning rate, or another kind of table`,
        );
      },
      onCheckpoint: (state, { best }) => this.#save(state, best),
    });
    if (result.stoppedEarly) {
      const { step, best } = result.state;
      this.#note(`stopped at step ${step}: no lower validation log-loss since step ${best!.step}`);
    }
    return result;
  }

  async #save(state: TrainingState, best: boolean): Promise<void> {
    await this.#run.claim.requireHeld();
    const save = () =>
      saveModelCheckpoint({
        folder: this.#run.files.folder,
        model: this.#model,
        state,
        window: this.#window,
        average: this.#average,
        trainedWith: this.#trainedWith,
        best,
      });
    await leadState(this.#model, this.#workers, save);
  }

  /** Tests the weights that did best on validation rows, or the last ones where there are none. */
  async #finish(state: TrainingState, exchange: FitExchange | undefined): Promise<FinalRecord> {
    const { config, files } = this.#run;
    const tested = await testedWeights(
      { state, model: this.#model, dataset: this.#dataset, workers: this.#workers },
      (best) => this.#restoreBest(best),
    );
    const { step, evaluation } = tested;
    const { metrics, probability, ...apart } = evaluation;
    const { rows, report } = this.#dataset;
    return {
      type: 'final',
      name: config.name,
      runFolder: files.folder,
      test: { ...metrics, ...probability, step, ...apart },
      tables: summarise(modelTableRows(this.#model.config)),
      data: {
        rows,
        badLines: report.badLines.count,
        rowsAre: report.rowsAre,
        readingThread: report.readingThread,
        ...(report.negatives && { negatives: report.negatives }),
      },
      steps: state.step,
      samples: state.samples,
      samplesPerSecond: state.samples / state.trainingSeconds,
      trainingSeconds: state.trainingSeconds,
      backend: this.#options.engine.backend.name,
      engine: engineSummary(this.#options.engine, this.#model),
      workers: exchange && this.#workersSummary(exchange),
      seed: config.seed,
    };
  }

  #workersSummary({ seconds: exchangeSeconds, ...exchange }: FitExchange): WorkersSummary {
    const { size, description } = this.#workers.communicator!;
    const { fastReduce = false } = this.#run.config.training;
    const shardedTables = this.#model.sharding?.tables ?? [];
    return { count: size, description, shardedTables, ...exchange, exchangeSeconds, fastReduce };
  }

  /** @returns false where that checkpoint is gone */
  async #restoreBest(step: number): Promise<boolean> {
    const name = checkpointName(step);
    if (!(await hasCheckpoint(this.#run.files.folder, name))) {
      this.#note(`${name}, the best on validation rows, is no longer there: the last weights are tested`);
      return false;
    }
    await this.#restore(name);
    return true;
  }

  /** @param resuming what goes on */
  #restore(
    name: string,
    resuming: { readonly window?: MetricsWindow; readonly average?: WeightAverage | undefined } = {},
  ): Promise<TrainingState> {
    return restoreModelCheckpoint({
      folder: this.#run.files.folder,
      name,
      model: this.#model,
      found: { config: this.#run.config, encoding: this.#dataset.encoding, data: this.#dataset },
      ...resuming,
    });
  }
}

async function hasCheckpoint(folder: string, name: string): Promise<boolean> {
  return (await listCheckpoints(folder)).some((checkpoint) => checkpoint.name === name);
}
