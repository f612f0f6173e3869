import { JsonFault, parseJson } from '@ttrec/core/json';
import type { HttpCall } from '../http-call.ts';
import { badRequest } from '../http-error.ts';
import { decompressed, tooLarge } from './decompressed.ts';

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The whole body of a request, decompressed. @throws HttpError */
export async function readBody({
  request,
  maxBodyBytes,
}: {
  readonly request: HttpCall;
  readonly maxBodyBytes: number;
}): Promise<Uint8Array> {
  if ((contentLength(request) ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const sent = await request.body(maxBodyBytes);
  if (sent.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return decompressed(sent, request.header('content-encoding'), maxBodyBytes);
}

/** Bytes of the body as it is sent, where the client says. */
export function contentLength(request: HttpCall): number | undefined {
  const text = request.header('content-length');
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON object in a body. @throws HttpError with status 400 */
export function parseBody(body: Uint8Array): Fields {
  let value: unknown;
  try {
    value = parseJson(utf8.decode(body));
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw badRequest('request body', 'must be UTF-8');
    const { path, rule, got } = thrown;
    throw badRequest(path === '' ? 'request body' : `request body, ${path}`, rule, { got });
  }
  return objectOf(value, 'request body');
}

/** @throws HttpError with status 400 */
export function objectOf(value: unknown, subject: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw badRequest(subject, 'must be an object', { got: value });
}

/** An object that may be left out. @throws HttpError with status 400 */
export function fieldsOf(value: unknown, subject: string): Fields {
  return value === undefined ? {} : objectOf(value, subject);
}

/** @throws HttpError with status 400 */
export function listOf(value: unknown, subject: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badRequest(subject, 'must be a list', { got: value });
}
