import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import type { Backend } from '@ttrec/backend';
import { isTtrecError } from '@ttrec/core';
import { openRanker } from '@ttrec/serving';
import { rankerModel, type RequestModel } from '@ttrec/serving/http';
import { selectEngine } from '../engines.ts';
import { kindsIn } from '../plan/own-kinds.ts';
import { failureText } from '../terminal/failure-text.ts';
import type {
  CallName,
  WorkerAnswer,
  WorkerCall,
  WorkerCalls,
  WorkerFault,
  WorkerNews,
  WorkerSettings,
} from './messages.ts';
import { readStored } from './read-stored.ts';

// A thread that scores: `ttrec serve` sends it models and rows.

/** How often a worker says what memory it has, in milliseconds. */
const MEMORY_MS = 1000;

const port = parentPort!;
const models = new Map<number, RequestModel>();
const settings = workerData as WorkerSettings;
const engine = selectEngine(settings.backend);

const answers: {
  readonly [Name in CallName]: (call: WorkerCalls[Name]['call']) => Promise<WorkerCalls[Name]['answer']>;
} = {
  read: ({ path, checkpoint }) => readStored(path, checkpoint, settings.kindsFrom),
  open: async ({ model, bytes, ...from }) => {
    const options = { backend: await backend(), kinds: await kindsIn(from) };
    const opened = rankerModel(await openRanker(copyOf(bytes), options), report);
    models.set(model, opened);
    const { inputs, loadedBytes } = opened;
    return { inputs, loadedBytes };
  },
  answer: async ({ model, requests, by }) => models.get(model)!.answer(requests, by),
  close: async ({ model }) => {
    await models.get(model)?.dispose();
    models.delete(model);
    return undefined;
  },
};

async function backend(): Promise<Backend> {
  return (await engine).backend;
}

/** Not all of what reads a file takes shared memory. The copy goes when the model is loaded. */
function copyOf(bytes: SharedArrayBuffer): Uint8Array {
  return new Uint8Array(bytes).slice();
}

function report(thrown: unknown): void {
  port.postMessage({ failure: failureText(thrown, true) } satisfies WorkerNews);
}

async function answer<Name extends CallName>({ id, name, call }: WorkerCall<Name>): Promise<WorkerAnswer> {
  try {
    return { id, answer: await answers[name](call) };
  } catch (thrown) {
    return { id, fault: faultOf(thrown) };
  }
}

function faultOf(thrown: unknown): WorkerFault {
  if (!isTtrecError(thrown)) {
    report(thrown);
    return { code: 'trainer/unexpected', parts: { subject: 'worker', rule: 'failed' } };
  }
  const { code, parts } = thrown;
  const { subject, rule, hint } = parts;
  return {
    code,
    parts: {
      subject,
      rule,
      hint,
      ...('got' in parts && { got: plain(parts.got) }),
    },
  };
}

/** What can be sent to another thread. */
function plain(value: unknown): unknown {
  const [copy] = JSON.parse(JSON.stringify([value])) as [unknown];
  return copy;
}

port.on('message', (call: WorkerCall) => {
  void answer(call).then((message) => port.postMessage(message));
});
const { backend: started } = await engine;
port.postMessage({ engine: started.capabilities.engine } satisfies WorkerNews);

setInterval(() => {
  const memory = {
    heapBytes: getHeapStatistics().used_heap_size,
    engineBytes: started.memory().bytes,
  };
  port.postMessage({ memory } satisfies WorkerNews);
}, MEMORY_MS).unref();
