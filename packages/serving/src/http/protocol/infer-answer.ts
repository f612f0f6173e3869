import { httpError } from '../http-error.ts';
import type { Scores } from '../../ranker.ts';
import type { InferRequest } from './infer-request.ts';

/** What an answer to an HTTP request is made of. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export function jsonAnswer(value: unknown, status = 200): HttpAnswer {
  return textAnswer(JSON.stringify(value), 'application/json', status);
}

export function textAnswer(body: string, type: string, status = 200): HttpAnswer {
  return { status, headers: { 'content-type': type }, body };
}

/** The answer of the Open Inference Protocol: outputs in JSON, or as binary data where the request asks for it. */
export function inferAnswer(
  { id, outputs }: InferRequest,
  served: { readonly name: string; readonly version: string },
  scores: Scores,
): HttpAnswer {
  const head = {
    model_name: served.name,
    model_version: served.version,
    id: id ?? crypto.randomUUID(),
  };
  const tensors = outputs.map(({ name, binary }) => ({
    name,
    binary,
    values: Float32Array.from(scores[name]),
  }));
  const parts = tensors.map(({ name, binary, values }) => {
    const start = `{"name":"${name}","shape":[${values.length}],"datatype":"FP32",`;
    const size = values.byteLength;
    return binary
      ? `${start}"parameters":{"binary_data_size":${size}}}`
      : `${start}"data":[${numbers(values)}]}`;
  });
  const json = `${JSON.stringify(head).slice(0, -1)},"outputs":[${parts.join(',')}]}`;
  const sent = tensors.filter(({ binary }) => binary);
  return sent.length === 0
    ? textAnswer(json, 'application/json')
    : binaryAnswer(
        json,
        sent.map(({ values }) => littleEndian(values)),
      );
}

/** The answer of KServe's first protocol. */
export function predictAnswer(
  { probabilities }: Scores,
  { version }: { readonly version: string },
): HttpAnswer {
  const answer = textAnswer(`{"predictions":[${numbers(probabilities)}]}`, 'application/json');
  return { ...answer, headers: { ...answer.headers, 'model-version': version } };
}

function binaryAnswer(json: string, blobs: readonly Uint8Array[]): HttpAnswer {
  const head = new TextEncoder().encode(json);
  const body = new Uint8Array(head.length + blobs.reduce((sum, { length }) => sum + length, 0));
  body.set(head);
  let at = head.length;
  for (const blob of blobs) {
    body.set(blob, at);
    at += blob.length;
  }
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(head.length),
  };
  return { status: 200, headers, body };
}

/** Elements of a JSON list that parse to the same bits: JSON.stringify would make 0 of -0. */
function numbers(values: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    text += `${i > 0 ? ',' : ''}${Object.is(value, -0) ? '-0' : String(value)}`;
  }
  return text;
}

function littleEndian(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.byteLength));
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** JSON has no infinite numbers, and no caller can rank by them. @throws HttpError with status 400 */
export function requireFinite(scores: Scores): Scores {
  const row = scores.logits.findIndex((logit) => !Number.isFinite(logit));
  if (row < 0) return scores;
  throw httpError(400, 'not-finite', {
    subject: `row ${row}`,
    rule: 'must have a finite score',
    got: scores.logits[row],
    hint: 'Its numbers are too large for the model.',
  });
}
