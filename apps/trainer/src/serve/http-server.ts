import type { Handler } from '@ttrec/serving/http';
import fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { destination } from 'pino';
import { error } from '../error.ts';
import { FastifyCall } from './fastify-call.ts';
import { traced } from './tracing.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Writes a JSON line a request to stdout. */
  readonly accessLog: boolean;
}

export interface HttpServer {
  readonly url: string;
  /** Takes no more connections, and resolves when all requests are answered, or after `graceMs`. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** Connections that wait to be accepted in a burst; the system may allow fewer. */
const BACKLOG = 4096;
/** A client has to send its request within this time. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Of the access log, where its reader is late. Lines beyond are lost. */
const MAX_LOG_BYTES = 2 ** 24;
/** How often idle connections are looked for when the server ends. */
const CLOSE_EVERY_MS = 20;

/**
 * Listens with Fastify, and answers every request by the handler.
 * @throws `trainer/port-in-use`, `trainer/port-not-allowed`, `trainer/bad-host`
 */
export async function listen(handler: Handler, options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, accessLog } = options;
  // A reader of stdout that is late must not stop the event loop.
  const log = accessLog ? destination({ dest: 1, sync: false, maxLength: MAX_LOG_BYTES }) : undefined;
  const app = fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // The access log below has one line a request.
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    ...(log && { logger: { level: 'info', base: null, stream: log } }),
  });
  app.removeAllContentTypeParsers();
  // The handler reads it, unless it refuses the request.
  app.addContentTypeParser('*', (_, body, done) => done(null, body));
  app.setErrorHandler((thrown: FastifyError, _, reply) => {
    const status = thrown.statusCode ?? 500;
    const message = status < 500 ? thrown.message : 'failed to answer';
    return reply.code(status).send({ error: `[trainer] request: ${message}`, code: codeOf(thrown) });
  });
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = await traced(
      new FastifyCall(request, reply),
      request.headers,
      handler.answer,
    );
    return reply
      .code(status)
      .headers(headers)
      .send(typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  };
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '*',
    handler: answer,
  });
  if (log) {
    app.addHook('onResponse', (request, reply, done) => {
      const { method, url, ip } = request;
      app.log.info({ method, url, ip, status: reply.statusCode, ms: reply.elapsedTime });
      done();
    });
  }
  await app.listen({ host, port, backlog: BACKLOG }).catch((thrown: unknown) => {
    throw listenError(thrown, { host, port });
  });
  return { url: urlOf(app.addresses()[0]!), close: (graceMs) => closeServer(app, graceMs) };
}

/** The error of a port or an address that cannot be listened on; any other as it is. */
function listenError(cause: unknown, { host, port }: Pick<HttpServerOptions, 'host' | 'port'>): unknown {
  const hint = 'Give another, or 0 for any that is free.';
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return error('port-in-use', { subject: '--port', rule: 'must be free', got: port, hint, cause });
    case 'EACCES':
      return error('port-not-allowed', {
        subject: '--port',
        rule: 'must be one that this user may listen on',
        got: port,
        hint,
        cause,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return error('bad-host', {
        subject: '--host',
        rule: 'must be an address of this machine',
        got: host,
        cause,
      });
    default:
      return cause;
  }
}

/** Connections that a client keeps alive end when they have nothing more to answer, and those that never send a whole request by force. */
async function closeServer(app: FastifyInstance, graceMs: number): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), CLOSE_EVERY_MS);
  const late = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearInterval(idle);
  clearTimeout(late);
}

/** The code of an answer of Fastify to a request that it cannot read. */
function codeOf({ statusCode }: FastifyError): string {
  return statusCode !== undefined && statusCode < 500 ? 'trainer/bad-request' : 'trainer/internal';
}

function urlOf(address: ReturnType<FastifyInstance['addresses']>[number]): string {
  if (typeof address === 'string') return address;
  const { address: ip, family, port } = address;
  return `http://${family === 'IPv6' ? `[${ip}]` : ip}:${port}`;
}
