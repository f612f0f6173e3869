import type { FinalRecord, RunRecord } from '@ttrec/training/records';

/** One run of a report. Without `final` it was stopped, or still runs. */
export interface ReportRun {
  readonly name: string;
  readonly records: readonly RunRecord[];
  readonly final?: FinalRecord | undefined;
}

/** One embedding table of a run. */
export interface ReportTable {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly kind: string;
  readonly bytes: number;
  readonly denseBytes: number;
}

export interface ReportInput {
  readonly title: string;
  /** ISO 8601. */
  readonly generatedAt: string;
  /** One for a training run, several for a comparison; each keeps its colour by its place here. */
  readonly runs: readonly ReportRun[];
  /** `run` is the name of one of `runs`. */
  readonly tables?: readonly { readonly run: string; readonly rows: readonly ReportTable[] }[];
  /** The effective config; shown as JSON. */
  readonly config: unknown;
}
