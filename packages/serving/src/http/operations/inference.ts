import type { Call, HttpCall } from '../call.ts';
import { badRequest, scoringError } from '../http-error.ts';
import type { ServedVersion } from '../models/repository.ts';
import type { ScoringInput } from '../models/scoring-model.ts';
import {
  inferAnswer,
  numbers,
  requireFinite,
  textAnswer,
  type HttpAnswer,
} from '../protocol/infer-answer.ts';
import { parseInferRequest } from '../protocol/infer-request.ts';
import { modelInput } from '../protocol/model-input.ts';
import { parseBody, readBody } from '../protocol/body.ts';
import { instancesInput } from '../protocol/predict-request.ts';
import type { Scores } from '../../ranker.ts';

export async function infer(call: Call): Promise<HttpAnswer> {
  return observed(call, async (served, body) => {
    const request = parseInferRequest(body, headerLength(call.request, body.length));
    const version = served();
    const input = modelInput(version.inputs, request.inputs, request.broadcast);
    const scores = await scored(call, version, input, request.timeoutMs);
    return { rows: input.size, answer: inferAnswer(request, version, scores) };
  });
}

export async function predict(call: Call): Promise<HttpAnswer> {
  return observed(call, async (served, body) => {
    const { instances } = parseBody(body);
    const version = served();
    const input = instancesInput(version.inputs, instances);
    const { probabilities } = await scored(call, version, input, undefined);
    const answer = textAnswer(`{"predictions":[${numbers(probabilities)}]}`, 'application/json');
    return {
      rows: input.size,
      answer: { ...answer, headers: { ...answer.headers, 'model-version': version.version } },
    };
  });
}

/** Reads the body, then looks the version up once more, for it may have been replaced meanwhile, and counts how it ends. */
async function observed(
  call: Call,
  work: (served: () => ServedVersion, body: Uint8Array) => Promise<{ rows: number; answer: HttpAnswer }>,
): Promise<HttpAnswer> {
  const { repository, parameters, onRequest } = call;
  const { model, version } = parameters;
  const find = () => repository.find(model!, version);
  let served = find();
  const start = performance.now();
  const ended = (status: number, rows: number) => {
    const ms = performance.now() - start;
    served.batcher.statistics.request(rows, ms);
    onRequest?.({ model: served.name, version: served.version, status, rows, ms });
  };
  try {
    const { rows, answer } = await work(() => (served = find()), await readBody(call));
    ended(answer.status, rows);
    return answer;
  } catch (thrown) {
    const known = scoringError(thrown);
    ended(known.status, 0);
    throw known.code === 'serving/internal' ? thrown : known;
  }
}

async function scored(
  { request, timeoutMs }: Call,
  { batcher }: ServedVersion,
  input: ScoringInput,
  asked: number | undefined,
): Promise<Scores> {
  const limits = [timeoutMs, asked ?? Infinity, headerTimeout(request) ?? Infinity];
  const { signal } = request;
  return requireFinite(await batcher.score(input, { timeoutMs: Math.min(...limits), signal }));
}

/** `X-Request-Timeout-Ms`: when the client stops to wait. */
function headerTimeout(request: HttpCall): number | undefined {
  const text = request.header('x-request-timeout-ms');
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw badRequest('X-Request-Timeout-Ms', 'must be a number of milliseconds above 0', { got: text });
}

/** Bytes of the JSON in a body with binary tensors. */
function headerLength(request: HttpCall, bodyLength: number): number | undefined {
  const text = request.header('inference-header-content-length');
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) <= bodyLength) return Number(text);
  throw badRequest(
    'Inference-Header-Content-Length',
    `must be an integer to ${bodyLength}, the bytes of the body`,
    { got: text },
  );
}
