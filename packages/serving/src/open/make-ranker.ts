import { createEncoder, createIdEncoder } from '@ttrec/data/encoding';
import type { ScoringDlrm } from '@ttrec/dlrm';
import type { StoredModel } from '@ttrec/training/model-file';
import { Ranker, type RankerParts } from '../ranker.ts';

/** The ranker of an opened model, which is freed if there is none. */
export function makeRanker<Model extends ScoringDlrm>(
  source: string,
  { model, schema, encoding, step }: StoredModel<Model>,
  opened: Pick<RankerParts<Model>, 'close' | 'fetched'> = {},
): Ranker<Model> {
  try {
    const encoder = encoding ? createEncoder(encoding) : createIdEncoder(schema);
    return new Ranker({ source, model, encoder, step, ...opened });
  } catch (thrown) {
    model.dispose();
    throw thrown;
  }
}
