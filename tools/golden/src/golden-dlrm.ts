/** The reference DLRM, run in float64. */
export interface GoldenDlrm {
  readonly name: string;
  readonly embeddingDim: number;
  readonly tables: number[];
  readonly bottomMlp: number[];
  readonly topMlp: number[];
  readonly interactItself: boolean;
  readonly batch: number;
  readonly weights: Record<string, number[]>;
  readonly dense: number[];
  readonly indices: number[][];
  readonly offsets: number[][];
  readonly labels: number[];
  readonly logits: number[];
  readonly probabilities: number[];
  readonly loss: number;
  readonly grads: Record<string, number[]>;
  readonly learningRate: number;
  readonly sgdLossTrajectory: number[];
}

/** The batch of a case, for `predict` and `trainStep`. */
export function goldenBatch({ batch, dense, labels, indices, offsets }: GoldenDlrm) {
  return {
    size: batch,
    dense: Float32Array.from(dense),
    labels: Float32Array.from(labels),
    features: indices.map((ids, f) => ({
      indices: Uint32Array.from(ids),
      offsets: Uint32Array.from(offsets[f]!),
    })),
  };
}
