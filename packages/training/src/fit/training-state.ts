/** Where a run stands, beside weights and optimizer state: enough to go on bit for bit. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** The epoch of the next batch. */
  readonly epoch: number;
  /** Batches of that epoch already used. */
  readonly batchInEpoch: number;
  /** Rows trained on, repeats counted. */
  readonly samples: number;
  readonly trainingSeconds: number;
  /** Where the last record of the training loss ended; the rows since are in the window that is saved along. */
  readonly logged: { readonly step: number; readonly trainingSeconds: number };
  /** The scheduled evaluation with the lowest log-loss so far. */
  readonly best?: { readonly step: number; readonly logLoss: number };
  /** Scheduled evaluations since then; absent when there were none. */
  readonly evaluationsSinceBest?: number;
  /** How often weights were taken into the average; absent without one. */
  readonly averaged?: number;
}

export const initialState: TrainingState = {
  step: 0,
  epoch: 0,
  batchInEpoch: 0,
  samples: 0,
  trainingSeconds: 0,
  logged: { step: 0, trainingSeconds: 0 },
};
