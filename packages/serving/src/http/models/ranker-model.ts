import type { SharedRows } from '@ttrec/data';
import { stateBytes } from '@ttrec/embeddings/model';
import type { Ranker, Scores } from '../../ranker.ts';
import { scoringError } from '../http-error.ts';
import { isJoinable, joinedRows } from './joined-rows.ts';
import { requestModel, type RequestModel } from './request-model.ts';
import type { ScoringFault, ScoringInput, ScoringResult } from './scoring-model.ts';

/**
 * A ranker as a model that a repository serves, in this thread.
 *
 * @param onError called with what failed for another reason than a request
 */
export function rankerModel(ranker: Ranker, onError?: (thrown: unknown) => void): RequestModel {
  const { columns, schema } = ranker;
  const scoring = {
    inputs: { columns, denseFeatures: schema.dense.length, features: schema.features },
    loadedBytes: stateBytes(ranker.model.state().filter(({ role }) => role === 'model')),
    concurrency: 1,
    score: (inputs: readonly ScoringInput[]) => scoreAll(ranker, inputs, onError),
    dispose: () => ranker.dispose(),
  };
  return requestModel(scoring, onError);
}

/** Encodes each request, so that a bad row is the fault of its own, then scores all that can be joined together. */
async function scoreAll(
  ranker: Ranker,
  inputs: readonly ScoringInput[],
  onError?: (thrown: unknown) => void,
): Promise<ScoringResult[]> {
  const results: ScoringResult[] = [];
  const failed = (i: number, thrown: unknown) => void (results[i] = { fault: faultOf(thrown, onError) });
  const all = inputs.map((input, i) => {
    try {
      return encoded(ranker, input);
    } catch (thrown) {
      failed(i, thrown);
      return undefined;
    }
  });
  const scoreAlone = async (i: number) => {
    try {
      results[i] = await ranker.scoreEncoded(all[i]!);
    } catch (thrown) {
      failed(i, thrown);
    }
  };
  const sound = all.flatMap((rows, i) => (rows ? [i] : []));
  const together = sound.filter((i) => isJoinable(all[i]!));
  if (together.length > 1) {
    try {
      const scores = await ranker.scoreEncoded(
        joinedRows(
          together.map((i) => all[i]!),
          ranker.schema.dense.length,
        ),
      );
      let start = 0;
      for (const i of together) results[i] = part(scores, start, (start += inputs[i]!.size));
    } catch {
      // Each is scored alone below, which shows whose fault it is.
    }
  }
  for (const i of sound) if (results[i] === undefined) await scoreAlone(i);
  return results;
}

function encoded({ encoder }: Ranker, input: ScoringInput): SharedRows {
  switch (input.form) {
    case 'columns':
      return encoder.encodeColumns(input.columns);
    case 'encoded':
      return input.rows;
    case 'ranking':
      return encoder.encodeShared(input.context, input.candidates);
  }
}

function part({ logits, probabilities }: Scores, start: number, end: number): Scores {
  return { logits: logits.subarray(start, end), probabilities: probabilities.subarray(start, end) };
}

function faultOf(thrown: unknown, onError?: (thrown: unknown) => void): ScoringFault {
  const { status, code, message } = scoringError(thrown);
  if (status >= 500) onError?.(thrown);
  return { status, code, message };
}
