import { error } from '../error.ts';

/** How a model is fetched. */
export interface FetchOptions {
  /** The global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** What the file, or the index, must be: `sha256-` and a digest in base64, as in pages. An index has the digests of its files. */
  readonly integrity?: string | undefined;
  /** Ends the requests. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks for a file, or for bytes of it. @throws `serving/cannot-fetch`, the reason of the signal */
export async function requested(
  url: string,
  { fetch = globalThis.fetch, integrity, signal }: FetchOptions,
  range?: { readonly start: number; readonly end: number },
): Promise<Response> {
  const response = await orFailed(url, integrity, () =>
    fetch(url, {
      ...(integrity && { integrity }),
      ...(signal && { signal }),
      ...(range && { headers: { range: `bytes=${range.start}-${range.end - 1}` } }),
    }),
  );
  if (response.ok) return response;
  await response.body?.cancel();
  throw failed(url, integrity, `HTTP status ${response.status}`);
}

export async function bodyOf(url: string, response: Response, integrity?: string): Promise<Uint8Array> {
  return new Uint8Array(await orFailed(url, integrity, () => response.arrayBuffer()));
}

async function orFailed<Value>(
  url: string,
  integrity: string | undefined,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const { message } = (cause.cause ?? cause) as Error;
    throw failed(url, integrity, message || cause.message, cause);
  }
}

function failed(url: string, integrity: string | undefined, got: unknown, cause?: unknown): Error {
  const rule = `must be a model file that can be fetched${integrity === undefined ? '' : ` and is ${integrity}`}`;
  return error('cannot-fetch', { subject: url, rule, got, cause });
}
