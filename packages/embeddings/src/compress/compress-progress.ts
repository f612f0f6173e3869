/** The current phase of `compressTable` and how far it is. */
export interface CompressProgress {
  readonly phase: 'fit' | 'fine-tune' | 'measure';
  /** Rows, or steps in `fine-tune`. A fit may read rows more than once: `done` then exceeds `total`. */
  readonly done: number;
  readonly total: number;
}
