import { HttpError, httpError, internalError } from './http-error.ts';
import { jsonAnswer, type HttpAnswer } from './protocol/infer-answer.ts';
import { readAtMost } from './protocol/decompressed.ts';
import { openApi } from './openapi.ts';
import type { ModelRepository } from './models/repository.ts';
import type { Call, HandlerOptions } from './call.ts';
import type { HttpCall } from './http-call.ts';
import { routeOf } from './routes.ts';

export interface Handler {
  /** Answers a request of the Fetch API. Never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The same without the objects of the Fetch API, for servers that have others. */
  readonly answer: (call: HttpCall) => Promise<HttpAnswer>;
}

const MAX_BODY_BYTES = 16 * 2 ** 20;
const TIMEOUT_MS = 30_000;

/** Serves models by the Open Inference Protocol, version 2, and by KServe's first. */
export function createHandler(repository: ModelRepository, options: HandlerOptions = {}): Handler {
  const { name = 'ttrec', version = '0', token, metrics, onRequest, onError } = options;
  const { maxBodyBytes = MAX_BODY_BYTES, timeoutMs = TIMEOUT_MS } = options;
  const server = {
    repository,
    name,
    version,
    timeoutMs,
    maxBodyBytes,
    metrics,
    onRequest,
    openApi: openApi(version),
  };

  async function answer(call: HttpCall): Promise<HttpAnswer> {
    try {
      const { route, parameters } = routeOf(call.method, call.path);
      if (token !== undefined && route.isOpen !== true) requireToken(token, call.header('authorization'));
      return await route.run({ ...server, request: call, parameters } satisfies Call);
    } catch (thrown) {
      return errorAnswer(thrown, call);
    }
  }

  function errorAnswer(thrown: unknown, { method, path }: HttpCall): HttpAnswer {
    const known = thrown instanceof HttpError ? thrown : internalError();
    if (known !== thrown) onError?.(thrown, `${method} ${path}`);
    const { status, headers, message, code } = known;
    const { body, headers: own } = jsonAnswer({ error: message, code });
    return { status, headers: { ...own, ...headers }, body };
  }

  async function fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const { status, headers, body } = await answer({
      method: request.method,
      path: pathname,
      header: (header) => request.headers.get(header) ?? undefined,
      body: (maxBytes) => (request.body === null ? new Uint8Array(0) : readAtMost(request.body, maxBytes)),
      signal: request.signal,
    });
    return new Response(request.method === 'HEAD' ? null : body, { status, headers: { ...headers } });
  }

  return { fetch, answer };
}

/** @throws HttpError with status 401, after a time that does not depend on where the token differs */
function requireToken(token: string, header: string | undefined): void {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  let difference = given.length ^ token.length;
  for (let i = 0; i < given.length; i++)
    difference |= given.charCodeAt(i) ^ token.charCodeAt(i % token.length);
  if (difference === 0) return;
  throw httpError(
    401,
    'unauthorized',
    { subject: 'Authorization', rule: 'must be Bearer and the token of the server' },
    { 'www-authenticate': 'Bearer' },
  );
}
