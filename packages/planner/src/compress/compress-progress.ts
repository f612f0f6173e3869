/** What compressing does at the moment, and how far it is. */
export interface CompressProgress {
  readonly phase: 'fit' | 'fine-tune' | 'measure';
  /** Rows of `total`; steps when fine-tuning. A fit may read rows more than once, and then counts beyond `total`. */
  readonly done: number;
  readonly total: number;
}
