import type { Backend } from '@ttrec/backend';
import { isTtrecError } from '@ttrec/core';
import type { Dataset } from '@ttrec/data';
import { priceTables, type TableSpec } from '@ttrec/embeddings';
import type { PlanFeature } from '@ttrec/planner';
import {
  frequencyDeciles,
  OWN_SIZE,
  pairedRun,
  type ComparisonSettings,
  type PairedSeed,
  type Setting,
} from '@ttrec/training/compare';
import { plannedSteps } from '@ttrec/training/workers';
import type { TrainConfig } from '@ttrec/training/config';
import { planFeatures } from '../../plan/plan-features.ts';
import { denseBytesOf, tableBytes, type Arm, type ArmModel } from '../arms.ts';
import { bytesOf, type Budget } from '../budgets.ts';
import { fileName, type CellName, type CellRecord, type CellStore } from './cells.ts';
import { trialSettings } from './trials.ts';

/** Told how a comparison goes on. */
export interface CellProgress {
  /** Of the training that runs now, from 0 to 1. */
  step(cell: CellName, share: number): void;
  done(record: CellRecord, count: { readonly done: number; readonly of: number }): void;
  /** A budget that an arm cannot be made as small as, or an arm that the optimizer cannot train. */
  unreachable(arm: string, budget: string, reason: string): void;
}

/** What an arm may be too large for, or untrainable by. */
const LEFT_OUT: readonly string[] = ['planner/budget-too-small', 'embeddings/unsupported-optimizer'];

/** The data of one split, and what all its trainings share. */
interface SplitData {
  readonly dataset: Dataset;
  readonly features: readonly PlanFeature[];
  readonly deciles: Uint8Array;
  readonly denseBytes: number;
}

/** The tables of an arm. */
interface ArmTables {
  readonly tables: readonly TableSpec[];
  /** The name of the candidate, if they were chosen by measuring. */
  readonly chosen?: string | undefined;
}

/** Chooses the tables of the arm `measured`. */
export type MeasureArm = (of: {
  /** Draws the split of `dataset`. */
  readonly config: TrainConfig;
  readonly dataset: Dataset;
  readonly features: readonly PlanFeature[];
  readonly bytes: number;
}) => Promise<Required<ArmTables>>;

export interface TrainCellsOptions {
  readonly config: TrainConfig;
  readonly settings: ComparisonSettings;
  readonly arms: readonly Arm[];
  readonly backend: Backend;
  readonly store: CellStore;
  readonly progress: CellProgress;
  readonly signal: AbortSignal;
  readonly measure: MeasureArm;
  /** The config that draws the split of a seed. */
  readonly splitBy: (split: number) => TrainConfig;
  /** Opens the data with the seed of a split. */
  open(split: number): Promise<Dataset>;
}

/**
 * Trains every arm at every budget with every seed, as far as the store has no record of it: with the first seed, one training a
 * setting, of which the best on validation rows is taken for all seeds. A training that an arm shares with another is done once.
 *
 * @returns false if the signal stopped it
 */
export async function trainCells(options: TrainCellsOptions): Promise<boolean> {
  return new CellTrainer(options).run();
}

class CellTrainer {
  readonly #options: TrainCellsOptions;
  readonly #trials: readonly Setting[];
  readonly #unreachable = new Set<string>();
  #data: { readonly split: number; readonly data: SplitData } | undefined;
  #done = 0;

  constructor(options: TrainCellsOptions) {
    this.#options = options;
    this.#trials = trialSettings(options.settings.trials);
  }

  async run(): Promise<boolean> {
    const { settings } = this.#options;
    for (let seed = 1; seed <= settings.seeds; seed++) {
      for (const [arm, budget] of this.#places) {
        if (!(await this.#place(arm, budget, seed))) return false;
      }
    }
    return true;
  }

  get #places(): readonly (readonly [Arm, Budget])[] {
    const { arms, settings } = this.#options;
    const own = arms.filter(({ hasOwnSize }) => hasOwnSize);
    return [
      ...own.map((arm) => [arm, { label: OWN_SIZE }] as const),
      ...settings.budgets.flatMap((budget) =>
        arms.filter(({ hasOwnSize }) => !hasOwnSize).map((arm) => [arm, budget] as const),
      ),
    ];
  }

  /** Trainings in all, those of budgets that cannot be reached left out as they are found. */
  get #total(): number {
    const { seeds } = this.#options.settings;
    return (this.#places.length - this.#unreachable.size) * (seeds + this.#trials.length - 1);
  }

  /** @returns false if it was stopped */
  async #place(arm: Arm, budget: Budget, seed: number): Promise<boolean> {
    const cell = { arm: arm.name, budget: budget.label, seed };
    if (this.#unreachable.has(placeName(cell))) return true;
    if (seed > 1) {
      const first = this.#options.store.get({ ...cell, seed: 1 })!;
      return this.#train(cell, arm, budget, first.setting);
    }
    if (this.#trials.length === 1) return this.#train(cell, arm, budget, this.#trials[0]!);
    for (const [t, setting] of this.#trials.entries()) {
      if (!(await this.#train({ ...cell, trial: t + 1 }, arm, budget, setting))) return false;
      if (this.#unreachable.has(placeName(cell))) return true;
    }
    // The training with the best setting is there already.
    this.#done--;
    return this.#train(cell, arm, budget, this.#bestSetting(cell));
  }

  /** By the AUC on validation rows, or where they are of one class the log-loss; the first of equally good ones. */
  #bestSetting(cell: CellName): Setting {
    const tried = this.#trials.map((_, t) => this.#options.store.get({ ...cell, trial: t + 1 })!);
    const scores = tried.map(({ validation }) => validation?.auc ?? -(validation?.logLoss ?? Infinity));
    return tried[scores.indexOf(Math.max(...scores))]!.setting;
  }

  async #train(cell: CellName, arm: Arm, budget: Budget, setting: Setting): Promise<boolean> {
    const { store, progress, signal } = this.#options;
    const known = store.get(cell);
    let record = known;
    if (record === undefined) {
      if (signal.aborted) return false;
      const seeds = this.#seeds(cell.seed);
      const data = await this.#splitData(seeds.split);
      const made = await this.#tables({ arm, budget, setting, data, split: seeds.split });
      if (typeof made === 'string') return made === 'left out';
      record = await this.#trained(cell, { ...made, setting, seeds, data });
      if (record === undefined) return false;
      await store.add(record);
    }
    this.#done++;
    const isTrial = record.sameAs?.startsWith(`${cell.arm}, ${cell.budget},`) ?? false;
    if (known === undefined && !isTrial) progress.done(record, { done: this.#done, of: this.#total });
    return true;
  }

  get #isStopped(): boolean {
    return this.#options.signal.aborted;
  }

  /** Left out for a budget that is too small; measuring can be stopped. */
  async #tables(of: {
    readonly arm: Arm;
    readonly budget: Budget;
    readonly setting: Setting;
    readonly data: SplitData;
    readonly split: number;
  }): Promise<ArmTables | 'left out' | 'stopped'> {
    const { arm, budget, setting, data } = of;
    const { model, training } = this.#options.config;
    const { rule } = training.optimizer.embeddings;
    let chosen: string | undefined;
    const armModel: ArmModel = {
      features: data.features,
      embeddingDim: model.embeddingDim,
      optimizer: { rule },
      measured: async (bytes) => {
        const measured = await this.#measured(bytes, of);
        chosen = measured.chosen;
        return measured.tables;
      },
    };
    const bytes = arm.hasOwnSize ? data.denseBytes : bytesOf(budget, data.denseBytes);
    try {
      const tables = await arm.tables(armModel, bytes, setting);
      if (this.#isStopped) return 'stopped';
      priceTables(tables, model.embeddingDim, training.optimizer.embeddings);
      return { tables, chosen };
    } catch (thrown) {
      if (this.#isStopped) return 'stopped';
      if (!isTtrecError(thrown) || !LEFT_OUT.includes(thrown.code)) throw thrown;
      const place = { arm: arm.name, budget: budget.label };
      this.#unreachable.add(placeName(place));
      const { subject, rule } = thrown.parts;
      this.#options.progress.unreachable(place.arm, place.budget, `${subject} ${rule}`);
      return 'left out';
    }
  }

  /** What was measured on a split at a budget holds for all seeds and trials on it, and is measured once. */
  async #measured(
    bytes: number,
    { budget, data, split }: { readonly budget: Budget; readonly data: SplitData; readonly split: number },
  ): Promise<Required<ArmTables>> {
    const { store, measure, splitBy } = this.#options;
    const { dataset, features } = data;
    const known = store.measuredAt(budget.label, split);
    if (known === undefined) return measure({ config: splitBy(split), dataset, features, bytes });
    const sizes = new Map(features.map(({ name, numEmbeddings }) => [name, numEmbeddings]));
    const tables = known.tables.map((table) => ({ ...table, numEmbeddings: sizes.get(table.name)! }));
    return { tables, chosen: known.chosen! };
  }

  async #trained(
    cell: CellName,
    {
      tables,
      chosen,
      setting,
      seeds,
      data,
    }: ArmTables & {
      readonly setting: Setting;
      readonly seeds: PairedSeed;
      readonly data: SplitData;
    },
  ): Promise<CellRecord | undefined> {
    const { config, settings, backend, store, progress, signal } = this.#options;
    const plain = tables.map(({ name, config: table }) => ({ name, config: table }));
    const key = JSON.stringify([seeds, setting.tableRate, plain]);
    const same = store.trainedAs(key);
    if (same) {
      return { ...same, trial: undefined, ...cell, chosen, setting, sameAs: nameOf(same) };
    }
    const { regime, inFileOrder } = settings;
    const epochs = regime === 'one-epoch' ? 1 : config.training.epochs;
    const total = plannedSteps({ ...config.training, epochs }, data.dataset.rows.train);
    const run = await pairedRun({
      backend,
      dataset: data.dataset,
      config,
      tables,
      seed: seeds,
      regime,
      inFileOrder,
      tableRate: setting.tableRate,
      deciles: data.deciles,
      signal,
      onStep: ({ step }) => progress.step(cell, Math.min(1, step / total)),
    });
    if (run === undefined) return undefined;
    const { labels, logits, weights, ...outcome } = run;
    const predictions = {
      labels: await store.savePredictions(`labels.split-${seeds.split}`, labels),
      logits: await store.savePredictions(fileName(cell), logits),
      ...(weights && { weights: await store.savePredictions(`weights.split-${seeds.split}`, weights) }),
    };
    return {
      type: 'cell',
      ...cell,
      ...outcome,
      chosen,
      bytes: tableBytes(tables, config.model.embeddingDim),
      tables: plain,
      setting,
      seeds,
      key,
      testRows: labels.length,
      predictions,
    };
  }

  #seeds(seed: number): PairedSeed {
    const { config, settings } = this.#options;
    const of = (name: 'split' | 'order' | 'start') =>
      settings.vary.includes(name) ? config.seed + seed - 1 : config.seed;
    return { split: of('split'), order: of('order'), start: of('start') };
  }

  async #splitData(split: number): Promise<SplitData> {
    if (this.#data?.split === split) return this.#data.data;
    const { config } = this.#options;
    // Seeds come in order: no training goes back to an earlier split.
    await this.#data?.data.dataset.close();
    const dataset = await this.#options.open(split);
    const features = await planFeatures(config.data, dataset);
    const denseBytes = denseBytesOf(dataset.schema, config.model.embeddingDim);
    const data = { dataset, features, deciles: await frequencyDeciles(dataset), denseBytes };
    this.#data = { split, data };
    return data;
  }
}

function placeName({ arm, budget }: Pick<CellName, 'arm' | 'budget'>): string {
  return `${arm} ${budget}`;
}

function nameOf({ arm, budget, seed, trial }: CellName): string {
  return `${arm}, ${budget}, ${trial === undefined ? `seed ${seed}` : `trial ${trial}`}`;
}
