import type { DatasetSchema } from '@ttrec/data';
import type { Encoding } from '@ttrec/data/encoding';
import type { Dlrm, ScoringDlrm } from '@ttrec/dlrm';

/** A model as it was saved, with what reads its rows. */
export interface StoredModel<Model extends ScoringDlrm = Dlrm> {
  readonly model: Model;
  readonly schema: DatasetSchema;
  /** Turns raw values into its ids and numbers; undefined for a model of synthetic data, whose rows are ids and numbers. */
  readonly encoding: Encoding | undefined;
  /** Of the weights, where it is known. */
  readonly step: number | undefined;
}
