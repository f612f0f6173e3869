import type { Call } from '../call.ts';
import type { HttpCall } from '../http-call.ts';
import { badRequest, scoringError } from '../http-error.ts';
import type { SentRequest } from '../models/request-model.ts';
import { contentLength, readBody } from '../protocol/body.ts';
import type { HttpAnswer } from '../protocol/infer-answer.ts';

export const infer = (call: Call) => answered(call, 'infer');
export const predict = (call: Call) => answered(call, 'predict');

/** Has a request answered by its model, and counts how that ends. */
async function answered(call: Call, protocol: SentRequest['protocol']): Promise<HttpAnswer> {
  const { repository, parameters, onRequest, request, timeoutMs } = call;
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
    served.batcher.requireRoomFor(contentLength(request));
    const body = await readBody(call);
    const sent: SentRequest = { protocol, body, headerLength: headerLength(request, body.length) };
    const limits = {
      timeoutMs: Math.min(timeoutMs, headerTimeout(request) ?? Infinity),
      signal: request.signal,
    };
    // It may have been replaced while the body came.
    served = find();
    const { rows, answer } = await served.batcher.answer(sent, limits);
    ended(answer.status, rows);
    return answer;
  } catch (thrown) {
    const known = scoringError(thrown);
    ended(known.status, 0);
    throw known.code === 'serving/internal' ? thrown : known;
  }
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
