import { createEncoder, createIdEncoder } from '@ttrec/data/encoding';
import type { ScoringDlrm } from '@ttrec/dlrm';
import type { StoredModel } from '@ttrec/training/model-file';
import { Ranker } from '../ranker.ts';

/** The ranker of an opened model, which is freed if there is none. @param close ends what was opened with the model */
export function makeRanker<Model extends ScoringDlrm>(
  source: string,
  { model, schema, encoding, step }: StoredModel<Model>,
  close?: () => Promise<void>,
): Ranker<Model> {
  try {
    const encoder = encoding ? createEncoder(encoding) : createIdEncoder(schema);
    return new Ranker({ source, model, encoder, step, close });
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
}
