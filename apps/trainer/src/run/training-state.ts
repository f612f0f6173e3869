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
  /** The scheduled evaluation with the lowest log-loss so far. */
  readonly best?: { readonly step: number; readonly logLoss: number };
}

export const initialState: TrainingState = {
  step: 0,
  epoch: 0,
  batchInEpoch: 0,
  samples: 0,
  trainingSeconds: 0,
};
