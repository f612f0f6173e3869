import { once } from 'node:events';
import { Command } from '@commander-js/extra-typings';
import { usageError } from '../error.ts';
import {
  backendOption,
  checkpointOption,
  jsonOption,
  kindsFromOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { bytes, integerBetween, natural, path, positive } from '../options/values.ts';
import { StopRequest } from '../run/stop-request.ts';
import { modelPaths } from '../serve/model-paths.ts';
import { startServer, type RunningServer } from '../serve/start-server.ts';
import { formatBytes } from '../terminal/format.ts';
import { createOutput } from '../terminal/output.ts';

/** The variable of the environment with the token that callers must send. */
const TOKEN_VARIABLE = 'TTREC_SERVE_TOKEN';

const declared = () =>
  new Command('serve')
    .description('answer requests for scores over HTTP, by the Open Inference Protocol; ends with SIGTERM')
    .argument(
      '<runs...>',
      'run folders or model files, as NAME=PATH to name the model',
      (each: string, others: string[] | undefined) => [...(others ?? []), path(each)],
    )
    .option('--host <address>', 'address to listen on (default: 127.0.0.1, this machine alone)')
    .option(
      '--port <port>',
      'port to listen on, or 0 for any that is free (default: 8080)',
      integerBetween(0, 65_535),
    )
    .option('--workers <count>', 'threads that score (default: one a core, less one)', positive)
    .addOption(checkpointOption())
    .addOption(kindsFromOption())
    .option(
      '--batch-rows <rows>',
      'most rows of several requests that are scored together (default: 512)',
      positive,
    )
    .option(
      '--batch-delay <ms>',
      'how long a request waits for others while workers are busy (default: 2)',
      natural,
    )
    .option('--queue-rows <rows>', 'rows that may wait; more are answered with 503 (default: 4096)', positive)
    .option('--timeout <ms>', 'answer a request with 503 after this time (default: 30000)', positive)
    .option('--max-body <size>', 'most bytes of a request (default: 16MiB)', bytes)
    .option(
      '--grace <ms>',
      'how long requests are taken after SIGTERM, so that balancers notice (default: 200)',
      natural,
    )
    .option('--access-log', 'write each request to stdout as a line of JSON')
    .addOption(backendOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\n${TOKEN_VARIABLE} in the environment is the token that callers must send\n(Authorization: Bearer).`,
    );

export type ServeFlags = OptionsOf<typeof declared>;

export const serveCommand = () => declared().action(serve);

/** `ttrec serve`: scores over HTTP until a signal ends it. */
async function serve(runs: readonly string[], flags: ServeFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const token = process.env[TOKEN_VARIABLE];
  if (token === '')
    throw usageError('empty-token', {
      subject: TOKEN_VARIABLE,
      rule: 'must be a token, or not set',
      got: '',
    });
  const models = modelPaths(runs);
  let server: RunningServer | undefined;
  const stop = new StopRequest(() =>
    output.note(
      server === undefined
        ? 'stopping: no model is served yet'
        : 'stopping: no new requests; answering those that were accepted',
    ),
  );
  try {
    output.note(`loading  ${Object.keys(models).join(', ')}`);
    server = await startServer({
      models,
      host: flags.host,
      port: flags.port,
      backend: flags.backend,
      checkpoint: flags.checkpoint,
      kindsFrom: flags.kindsFrom,
      graceMs: flags.grace,
      workers: flags.workers,
      batching: {
        maxBatchRows: flags.batchRows,
        maxDelayMs: flags.batchDelay,
        maxQueueRows: flags.queueRows,
      },
      maxBodyBytes: flags.maxBody,
      timeoutMs: flags.timeout,
      token,
      accessLog: flags.accessLog,
      signal: stop.signal,
      onNote: (text) => output.note(text),
    });
    announce(server, token, (text) => output.note(text));
    output.record({
      type: 'serving',
      url: server.url,
      models: server.models.map(({ name, version }) => ({ name, version })),
    });
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await server.stop();
    output.note('stopped  all requests were answered');
  } catch (thrown) {
    if (!stop.signal.aborted || thrown !== stop.signal.reason) throw thrown;
    output.note('stopped  before a model was served');
  } finally {
    stop.dispose();
  }
}

/** Says what is served and where, and warns if it can be reached from elsewhere without a token. */
export function announce(
  { url, models, workers, engine }: Pick<RunningServer, 'url' | 'models' | 'workers' | 'engine'>,
  token: string | undefined,
  note: (text: string) => void,
): void {
  for (const { name, version, loadedBytes } of models)
    note(`model    ${name}, version ${version}: ${formatBytes(loadedBytes)}`);
  note(`workers  ${workers}, each on ${engine}`);
  note(`serving  ${url}/v2 (${url}/docs lists all paths)`);
  const isLoopback = /^http:\/\/(127\.|\[::1\]|localhost)/.test(url);
  if (isLoopback || token !== undefined) return;
  note(`warning  anyone who reaches ${url} can score, load and unload; ${TOKEN_VARIABLE} sets a token`);
}
