/** What the worker of the front page reports, in this order: `begun`, a `point` at each evaluation, `done`. */
export type Report =
  | { readonly type: 'begun'; readonly steps: number; readonly bytes: number; readonly denseBytes: number }
  | {
      readonly type: 'point';
      readonly step: number;
      readonly logLoss: number;
      readonly auc: number;
      readonly baseRateLogLoss: number;
    }
  | {
      readonly type: 'done';
      readonly seconds: number;
      readonly rows: number;
      readonly engine: string;
      readonly scores: readonly number[];
    }
  | { readonly type: 'failed'; readonly message: string };
