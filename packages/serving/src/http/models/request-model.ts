import { internalError, scoringError } from '../http-error.ts';
import { parseBody } from '../protocol/body.ts';
import { inferAnswer, predictAnswer, requireFinite, type HttpAnswer } from '../protocol/infer-answer.ts';
import { parseInferRequest } from '../protocol/infer-request.ts';
import { modelInput } from '../protocol/model-input.ts';
import { instancesInput } from '../protocol/predict-request.ts';
import type { Scores } from '../../ranker.ts';
import type { ModelInputs, ScoringFault, ScoringInput, ScoringModel } from './scoring-model.ts';

/** An inference request as it was sent. Plain data, which can be handed to another thread. */
export interface SentRequest {
  /** `infer` of the Open Inference Protocol, `predict` of KServe's first. */
  readonly protocol: 'infer' | 'predict';
  /** Decompressed. */
  readonly body: Uint8Array;
  /** Bytes of the JSON at the start of the body, if binary tensors follow it. */
  readonly headerLength?: number | undefined;
}

/** What an answer says that it is from. */
export interface AnsweredBy {
  readonly name: string;
  readonly version: string;
}

/** Plain data, which can be handed to another thread. */
export type RequestResult =
  { readonly rows: number; readonly answer: HttpAnswer } | { readonly fault: ScoringFault };

/** A model that answers requests as they were sent: it reads them, scores their rows, and writes the answers. */
export interface RequestModel extends Pick<
  ScoringModel,
  'inputs' | 'loadedBytes' | 'concurrency' | 'dispose'
> {
  /**
   * Answers requests, one result each: one that cannot be answered does not fail the others.
   *
   * @throws HttpError with status 503 if none could be answered, as when a worker dies
   */
  answer(requests: readonly SentRequest[], by: AnsweredBy): Promise<readonly RequestResult[]>;
}

/**
 * A model of rows as one of requests.
 *
 * @param onError called with what failed for another reason than a request
 */
export function requestModel(model: ScoringModel, onError?: (thrown: unknown) => void): RequestModel {
  const { inputs, loadedBytes, concurrency } = model;
  const attempt = <Result>(work: () => Result): Result | { readonly fault: ScoringFault } => {
    try {
      return work();
    } catch (thrown) {
      const { status, code, message } = scoringError(thrown);
      if (status >= 500) onError?.(thrown);
      return { fault: { status, code, message } };
    }
  };
  return {
    inputs,
    loadedBytes,
    concurrency,
    dispose: () => model.dispose(),
    async answer(requests, by) {
      const read = requests.map((request) => attempt(() => readRequest(inputs, request)));
      const sound = read.flatMap((each) => ('fault' in each ? [] : each.input));
      const results = sound.length > 0 ? await model.score(sound) : [];
      let next = 0;
      return read.map((each) => {
        if ('fault' in each) return each;
        const result = results[next++];
        if (result === undefined) throw internalError();
        if ('fault' in result) return result;
        return attempt(() => ({ rows: each.input.size, answer: each.write(requireFinite(result), by) }));
      });
    },
  };
}

interface ReadRequest {
  readonly input: ScoringInput;
  readonly write: (scores: Scores, by: AnsweredBy) => HttpAnswer;
}

/** @throws HttpError with status 400 */
function readRequest(inputs: ModelInputs, { protocol, body, headerLength }: SentRequest): ReadRequest {
  if (protocol === 'predict') {
    return { input: instancesInput(inputs, parseBody(body)['instances']), write: predictAnswer };
  }
  const request = parseInferRequest(body, headerLength);
  return {
    input: modelInput(inputs, request.inputs, request.broadcast),
    write: (scores, by) => inferAnswer(request, by, scores),
  };
}
