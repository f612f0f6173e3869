import { checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { endsTooSoon, type ByteSource } from './byte-source.ts';

export interface HttpSourceOptions {
  /** Sent with every request, for example credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the file, in bytes; without it a HEAD request is sent. */
  readonly size?: number;
  /** The global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
}

/**
 * Returns a source of a file on a web server. Each read is one range request. The server must support ranges and send the file
 * uncompressed.
 * @throws `tensor-files/cannot-read`, `tensor-files/unknown-size`; later reads also `tensor-files/range-ignored`, `…/changed`
 */
export async function httpSource(url: string | URL, options: HttpSourceOptions = {}): Promise<ByteSource> {
  checkOptions(error, 'httpSource', options, { headers: 'any', size: 'any', fetch: 'any', signal: 'any' });
  const name = String(url);
  const { size, etag } =
    options.size === undefined ? await askForSize(name, options) : { size: options.size, etag: null };
  const read = async (offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    if (offset + length > size) throw endsTooSoon(name, offset, length, size);
    if (length === 0) return new Uint8Array(0);
    const response = await request(name, options, {
      headers: { ...options.headers, range: `bytes=${offset}-${offset + length - 1}` },
    });
    await requireRange(name, response, etag);
    const bytes = new Uint8Array(await bodyOf(name, response));
    if (bytes.length !== length) throw endsTooSoon(name, offset, length, offset + bytes.length);
    return bytes;
  };
  return { name, size, read, close: async () => undefined };
}

async function askForSize(
  name: string,
  options: HttpSourceOptions,
): Promise<{ size: number; etag: string | null }> {
  const { headers } = await request(name, options, { method: 'HEAD', headers: { ...options.headers } });
  const text = headers.get('content-length');
  const size = Number(text);
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (text !== null && Number.isSafeInteger(size) && encoding === 'identity') {
    return { size, etag: headers.get('etag') };
  }
  const rule = 'the server must send the Content-Length of the uncompressed file';
  const got = encoding === 'identity' ? (text ?? 'none') : `Content-Encoding ${encoding}`;
  throw error('unknown-size', { subject: name, rule, got, hint: 'Pass size, if you know it.' });
}

async function request(name: string, options: HttpSourceOptions, init: RequestInit): Promise<Response> {
  const { fetch = globalThis.fetch, signal } = options;
  const rule = 'must be readable';
  let response: Response;
  try {
    response = await fetch(name, signal === undefined ? init : { ...init, signal });
  } catch (cause) {
    throw error('cannot-read', {
      subject: name,
      rule,
      got: cause instanceof Error ? cause.message : cause,
      cause,
    });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw error('cannot-read', { subject: name, rule, got: `HTTP status ${response.status}` });
}

/** Refuses a server that ignores ranges: it would send the whole file for each tensor. */
async function requireRange(name: string, response: Response, etag: string | null): Promise<void> {
  const now = response.headers.get('etag');
  if (response.status === 206 && (etag === null || now === null || now === etag)) return;
  await response.body?.cancel();
  if (response.status !== 206) {
    const rule = 'the server must answer a request for a range with status 206';
    throw error('range-ignored', { subject: name, rule, got: response.status });
  }
  throw error('changed', { subject: name, rule: `its ETag must stay ${etag!}`, got: now });
}

async function bodyOf(name: string, response: Response): Promise<ArrayBuffer> {
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : cause;
    throw error('cannot-read', { subject: name, rule: 'must arrive in full', got, cause });
  }
}
