import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCpuBackend } from '@ttrec/backend-cpu';
import type { RawRow } from '@ttrec/data/encoding';
import { exportOnnx } from '@ttrec/interop';
import { onnxRuntime } from '@ttrec/onnxruntime';
import { openRanker } from '@ttrec/serving';
import { compare, type Check } from '../../check.ts';
import type { BenchCase, Missing, OwnContender, Workload } from '../../contender.ts';
import { Load } from '../../server/load.ts';
import { startServer, type StartedServer } from '../../server/start-server.ts';
import { clickModel, rankRequest } from './serving-model.ts';

const CANDIDATES = 100;
/** Requests in turn, each of another user and other items. */
const REQUESTS = 32;
const CONNECTIONS = 8;
/** Requests of one step: enough that the first of each connection, which wait for it and for each other, are not its slowest hundredth. */
const AMOUNT = 2000;

const cli = join(import.meta.dirname, '..', '..', '..', '..', '..', 'apps', 'trainer', 'src', 'cli.ts');
const onnxServer = join(import.meta.dirname, '..', '..', 'server', 'onnx-server.ts');

export const serverCases: readonly BenchCase[] = [
  {
    name: `server/clicks-300kB/${CANDIDATES}`,
    what: `Requests over loopback, one user against ${CANDIDATES} items each, ${CONNECTIONS} connections, on a model that is planned at 300 kB for 200,000 clicks. ttrec serve (one worker) takes raw values or tensors, a Fastify server around onnxruntime-node the same tensors.`,
    unit: 'requests',
    unitsPerStep: AMOUNT,
    contenders: [
      own('ttrec serve, raw values', () => ttrecWorkload(rawBody)),
      { ...own('onnxruntime in Fastify', onnxWorkload), atLeast: 1.5 },
      own('ttrec serve, tensors', () => ttrecWorkload(tensorBody)),
    ],
  },
];

function own(name: string, prepare: () => Promise<Workload | Missing>): OwnContender {
  return { kind: 'own', name, engine: 'relaxed', prepare };
}

interface Setting {
  readonly modelFile: string;
  readonly onnxFile: string;
  readonly requests: readonly { readonly context: RawRow; readonly items: readonly RawRow[] }[];
  readonly tensorBodies: readonly string[];
  /** Of the first request, on the reference backend. */
  readonly logits: Float64Array;
}

let made: Promise<Setting> | undefined;
const setting = () => (made ??= makeSetting());

/** The model as a file of ours and as an ONNX file, and the requests in both forms. */
async function makeSetting(): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'ttrec-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await using backend = createCpuBackend();
  const bytes = await clickModel(backend);
  const [modelFile, onnxFile] = [join(folder, 'clicks.ttrec.safetensors'), join(folder, 'clicks.onnx')];
  writeFileSync(modelFile, bytes);
  const reference = await openRanker(bytes, { backend });
  writeFileSync(onnxFile, await exportOnnx(reference.model));
  const requests = Array.from({ length: REQUESTS }, (_, at) => rankRequest(CANDIDATES, at));
  const joined = requests.map(({ context, items }) => items.map((item) => ({ ...item, ...context })));
  const tensorBodies = joined.map((rows) => {
    const { size, dense, byName } = reference.encoder.encode(rows);
    const inputs = [tensor('dense', 'FP32', [size, dense.length / size], dense)];
    for (const [name, { indices, offsets }] of Object.entries(byName)) {
      inputs.push(
        tensor(`${name}.indices`, 'INT64', [indices.length], indices),
        tensor(`${name}.offsets`, 'INT64', [offsets.length], offsets),
      );
    }
    return JSON.stringify({ inputs, outputs: [{ name: 'logits' }] });
  });
  const { logits } = await reference.score(joined[0]!);
  return { modelFile, onnxFile, requests, tensorBodies, logits };
}

function tensor(name: string, datatype: string, shape: readonly number[], data: Iterable<number>) {
  return { name, datatype, shape, data: [...data] };
}

/** One user, and the columns of the items. */
function rawBody({ requests }: Setting, at: number): string {
  const { context, items } = requests[at]!;
  const column = (name: string, data: readonly unknown[]) => ({
    name,
    datatype: typeof data[0] === 'string' ? 'BYTES' : 'FP64',
    shape: [data.length],
    data,
  });
  const inputs = [
    ...Object.entries(context).map(([name, value]) => column(name, [value])),
    ...Object.keys(items[0]!).map((name) =>
      column(
        name,
        items.map((item) => item[name]),
      ),
    ),
  ];
  return JSON.stringify({ parameters: { broadcast: true }, inputs, outputs: [{ name: 'logits' }] });
}

function tensorBody({ tensorBodies }: Setting, at: number): string {
  return tensorBodies[at]!;
}

async function ttrecWorkload(bodyOf: (setting: Setting, at: number) => string): Promise<Workload> {
  return workload('ttrec serve, one worker', async () => {
    const made = await setting();
    const file = `clicks=${made.modelFile}`;
    const server = await startServer([cli, 'serve', file, '--port', '0', '--workers', '1', '--json']);
    const bodies = Array.from({ length: REQUESTS }, (_, at) => bodyOf(made, at));
    return { server, path: '/v2/models/clicks/infer', bodies };
  });
}

async function onnxWorkload(): Promise<Workload | Missing> {
  if (onnxRuntime() === undefined) {
    return { reason: 'onnxruntime-node is not installed (node tools/onnxruntime/src/install.ts)' };
  }
  return workload('onnxruntime-node and Fastify', async () => {
    const { onnxFile, tensorBodies } = await setting();
    return { server: await startServer([onnxServer, onnxFile]), path: '/infer', bodies: tensorBodies };
  });
}

interface Target {
  readonly server: StartedServer;
  readonly path: string;
  readonly bodies: readonly string[];
}

/** The server starts when it is first asked. */
function workload(engine: string, start: () => Promise<Target>): Workload {
  let started: Promise<Target & { readonly load: Load }> | undefined;
  const target = () =>
    (started ??= start().then((made) => ({
      ...made,
      load: new Load(made.server, made.path, made.bodies, CONNECTIONS),
    })));
  return {
    engine,
    async check() {
      const { server, path, bodies } = await target();
      return checked(server.url + path, bodies[0]!);
    },
    step: async () => (await target()).load.send(AMOUNT),
    async details() {
      const { load, server } = await target();
      return load.details + (await eventLoopDelay(server.url));
    },
    async dispose() {
      // One that did not start has nothing to end.
      await (await started?.catch(() => undefined))?.server.stop();
    },
  };
}

/** What `/metrics` says, where there is one. */
async function eventLoopDelay(url: string): Promise<string> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1];
  return seconds === undefined ? '' : `, event loop p99 ${(1000 * Number(seconds)).toFixed(1)} ms`;
}

async function checked(url: string, body: string): Promise<Check> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const { outputs } = (await response.json()) as {
    readonly outputs: readonly { readonly data: readonly number[] }[];
  };
  return compare([outputs[0]!.data], [(await setting()).logits]);
}
