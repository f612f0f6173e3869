/** What page and worker say to each other. Everything here survives a structured clone. */
import type { TableRow } from '@ttrec/training/records';
import type { Settings } from '../settings/settings.ts';
import type { TableSize } from '../settings/tables.ts';
import type { ColumnRole, CsvColumn } from './csv.ts';
import type { Problem } from './problem.ts';

/** Of `wasm`: `auto` takes as many as the machine has, if the page can have them. */
export type ThreadsChoice = 1 | 'auto';

export interface EngineChoice {
  /** `auto` takes the best engine that is available. */
  readonly name: string;
  readonly threads: ThreadsChoice;
}

export type DataChoice =
  | { readonly source: 'synthetic'; readonly largest: number }
  /** The file that was opened last. */
  | { readonly source: 'csv' };

export type ToWorker =
  | {
      readonly type: 'start';
      readonly settings: Settings;
      readonly data: DataChoice;
      readonly engine: EngineChoice;
    }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Trains `steps` more steps after training has stopped by itself. */
  | { readonly type: 'extend'; readonly steps: number }
  | { readonly type: 'reset' }
  /** Goes on with the same weights on another engine; after a lost device, with those of the last checkpoint. */
  | { readonly type: 'switch-engine'; readonly engine: EngineChoice }
  | { readonly type: 'inspect-csv'; readonly file: File }
  | {
      readonly type: 'open-csv';
      readonly roles: readonly ColumnRole[];
      readonly skipBadLines: boolean;
      readonly seed: number;
    }
  | { readonly type: 'save-model' }
  | { readonly type: 'load-model'; readonly file: File; readonly engine: EngineChoice }
  | { readonly type: 'sample-row' }
  | { readonly type: 'score'; readonly values: readonly string[] };

/** An engine and whether it runs here. */
export interface EngineOffer {
  readonly name: string;
  readonly available: boolean;
  /** What computes, or why it does not. */
  readonly detail: string;
}

/** The engine that runs, and those that were passed over for it. */
export interface EngineReport {
  readonly name: string;
  readonly detail: string;
  readonly threads: number;
  /** Why it is one, on an engine that could have more. */
  readonly threadsReason: string | undefined;
  readonly choice: 'automatic' | 'asked for';
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

/** Mean training loss of the steps up to this one. */
export interface TrainPoint {
  readonly step: number;
  readonly loss: number;
}

/** Held-out rows, scored at this step. `auc` is null where one class is missing. */
export interface HeldOutPoint {
  readonly step: number;
  readonly loss: number;
  readonly auc: number | null;
  /** The log-loss of the held-out rows' own share of clicks. */
  readonly baseRateLoss: number;
}

export interface DataView {
  readonly name: string;
  readonly rows: { readonly train: number; readonly heldOut: number };
  readonly tables: readonly TableSize[];
  readonly skippedLines: number;
}

/** Where a row's value goes: the fields of the form that scores one row. */
export interface RowField {
  readonly name: string;
  readonly role: 'number' | 'id';
  readonly hint: string;
}

export interface RunStart {
  readonly settings: Settings;
  readonly engine: EngineReport;
  readonly data: DataView;
  readonly tables: readonly TableRow[];
  readonly fields: readonly RowField[];
  /** Of the true probabilities on the held-out rows, where the data knows them. */
  readonly bestPossible: { readonly loss: number; readonly auc: number | null } | undefined;
  /** Steps already done: above 0 for a model that was loaded. */
  readonly step: number;
  readonly target: number;
  readonly checkpoints: { readonly every: number } | { readonly none: string };
  /** Why this model cannot be trained on, if it cannot. */
  readonly scoringOnly: string | undefined;
}

export interface Progress {
  readonly step: number;
  readonly stepsPerSecond: number;
  readonly rowsPerSecond: number;
  /** How fast rows are read where they do not fit in memory. */
  readonly readRowsPerSecond: number | undefined;
  readonly train: readonly TrainPoint[];
  readonly heldOut: readonly HeldOutPoint[];
  /** The step of the last checkpoint. */
  readonly checkpoint: number | undefined;
  /** Bytes of all buffers on the engine. */
  readonly engineBytes: number;
}

export type Phase = 'idle' | 'running' | 'paused' | 'done' | 'lost' | 'failed';

/** What a problem came from, and so where it is shown. */
export type Concern = 'run' | 'engine' | 'csv' | 'model' | 'score';

export type FromWorker =
  | { readonly type: 'engines'; readonly engines: readonly EngineOffer[] }
  | { readonly type: 'started'; readonly run: RunStart; readonly loaded: string | undefined }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'phase'; readonly phase: Phase; readonly target?: number }
  | { readonly type: 'engine'; readonly engine: EngineReport; readonly step: number }
  | {
      readonly type: 'lost';
      readonly problem: Problem;
      readonly engine: string;
      readonly checkpoint: number | undefined;
    }
  | {
      readonly type: 'csv-inspected';
      readonly name: string;
      readonly columns: readonly CsvColumn[];
    }
  | { readonly type: 'csv-opened'; readonly data: DataView }
  | { readonly type: 'model-saved'; readonly name: string; readonly file: Blob }
  | {
      readonly type: 'row';
      readonly values: readonly string[];
      readonly label: number | undefined;
      readonly truth: number | undefined;
    }
  | { readonly type: 'scored'; readonly probability: number; readonly step: number }
  | { readonly type: 'problem'; readonly concern: Concern; readonly problem: Problem };
