/** NumPy and PyTorch autograd in float64. */
export interface GoldenBag {
  readonly name: string;
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly rowShape: number[];
  readonly colShape: number[];
  readonly ranks: number[];
  readonly mode: 'sum' | 'mean';
  readonly cores: number[][];
  readonly indices: number[];
  readonly offsets: number[];
  readonly perSampleWeights: number[] | null;
  /** The rows of the table. */
  readonly table: number[];
  readonly output: number[];
  readonly gradOutput: number[];
  readonly gradCores: number[][];
  readonly learningRate: number;
  readonly sgdCores: number[][];
  readonly adagradEps: number;
  readonly adagradTwoSteps: number[][];
}
