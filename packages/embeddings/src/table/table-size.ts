/** The table that a config describes. */
export interface TableSize {
  /** N. */
  readonly numEmbeddings: number;
  /** D. */
  readonly embeddingDim: number;
}
