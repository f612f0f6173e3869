import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createHandler,
  ModelRepository,
  type BatchingOptions,
  type ServedVersion,
} from '@ttrec/serving/http';
import packageJson from '../../package.json' with { type: 'json' };
import { listen } from './http-server.ts';
import { ServerMetrics } from './metrics.ts';
import { RunSource } from './run-source.ts';
import { noteRequest } from './tracing.ts';
import { startWorker } from './worker-link.ts';
import { WorkerPool } from './worker-pool.ts';

export interface ServerOptions {
  /** Paths of run folders and model files by model name; the last is the newest version. */
  readonly models: Readonly<Record<string, readonly string[]>>;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly backend?: string | undefined;
  /** Modules of kinds of tables, in place of those that runs recorded. */
  readonly kindsFrom?: readonly string[] | undefined;
  readonly checkpoint?: string | undefined;
  /** How long requests are taken after `stop`, so that balancers notice, in milliseconds; 200 by default. */
  readonly graceMs?: number | undefined;
  readonly workers?: number | undefined;
  readonly batching?: BatchingOptions | undefined;
  readonly maxBodyBytes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly token?: string | undefined;
  readonly accessLog?: boolean | undefined;
  /** Ends the start. A server that listens is ended by `stop`. */
  readonly signal?: AbortSignal | undefined;
  /** Called with what is worth a line in the log. */
  readonly onNote: (text: string) => void;
}

export interface RunningServer {
  readonly url: string;
  readonly engine: string;
  readonly workers: number;
  readonly models: readonly ServedVersion[];
  readonly pool: WorkerPool;
  /** Is not ready any more, answers what was accepted, and ends. */
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const PORT = 8080;
const TIMEOUT_MS = 30_000;
/** Connections that were made before the signal are accepted. */
const GRACE_MS = 200;
const MAX_BODY_BYTES = 16 * 2 ** 20;

/** One worker a core, less one for the event loop. */
function defaultWorkers(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** Starts workers, loads all models into them, and listens. @throws what the first of these that fails throws; the reason of `signal` */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { models, host = LOOPBACK, port = PORT, backend = 'auto', checkpoint, kindsFrom, onNote } = options;
  const {
    workers = defaultWorkers(),
    maxBodyBytes = MAX_BODY_BYTES,
    timeoutMs = TIMEOUT_MS,
    graceMs = GRACE_MS,
    token,
    accessLog = false,
    signal,
  } = options;
  const start = () => startWorker({ backend });
  const { pool, engine } = await WorkerPool.start({ size: workers, start, onFailure: onNote });
  // Of the start alone: what is loaded again later ends by itself.
  const starting = new AbortController();
  const end = () => {
    starting.abort(signal?.reason);
    void pool.close();
  };
  signal?.addEventListener('abort', end);
  try {
    signal?.throwIfAborted();
    const reader = () => startWorker({ backend: 'cpu', kindsFrom });
    const sources = Object.fromEntries(
      Object.entries(models).map(([name, paths]) => [
        name,
        paths.map(
          (path) => new RunSource(path, { pool, start: reader, checkpoint, signal: starting.signal }),
        ),
      ]),
    );
    const metrics = new ServerMetrics();
    const onError = (thrown: unknown, what: string) =>
      onNote(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    const repository = new ModelRepository(sources, {
      batching: options.batching,
      onError,
      onExecution: metrics.execution,
    });
    metrics.watch(repository, pool);
    await repository.loadAll();
    signal?.throwIfAborted();
    const handler = createHandler(repository, {
      version: packageJson.version,
      token,
      maxBodyBytes,
      timeoutMs,
      metrics: () => metrics.exposition(),
      onRequest: (request) => {
        metrics.request(request);
        noteRequest(request);
      },
      onError,
    });
    const server = await listen(handler, { host, port, accessLog });
    return {
      url: server.url,
      engine,
      workers,
      models: repository.names.flatMap((name) => repository.versions(name)),
      pool,
      async stop() {
        repository.beginDrain();
        await pause(graceMs);
        await server.close(timeoutMs);
        await repository.drain();
        await pool.close();
      },
    };
  } catch (thrown) {
    await pool.close();
    signal?.throwIfAborted();
    throw thrown;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
