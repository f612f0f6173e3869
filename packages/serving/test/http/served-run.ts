import { createCpuBackend } from '@ttrec/backend-cpu';
import { openRanker, type Ranker } from '@ttrec/serving';
import {
  createHandler,
  ModelRepository,
  rankerModel,
  type Handler,
  type HandlerOptions,
} from '@ttrec/serving/http';

export interface Served {
  readonly ranker: Ranker;
  readonly repository: ModelRepository;
  readonly handler: Handler;
  readonly errors: unknown[];
  /** Sends a request; a body that is neither text nor bytes goes as JSON. */
  readonly send: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

export interface AnswerJson {
  readonly error: string;
  readonly code: string;
  readonly model_version: string;
  readonly versions: readonly string[];
  readonly outputs: readonly { readonly name: string; readonly data: readonly number[] }[];
  readonly model_stats: readonly unknown[];
  readonly paths: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What a JSON answer holds: fields that the test expects. */
  readonly json: AnswerJson;
  readonly bytes: Uint8Array;
}

export function sender(handler: Handler): Served['send'] {
  return async (path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const init =
      body === undefined ? {} : { method: 'POST', body: (isRaw ? body : JSON.stringify(body)) as BodyInit };
    const response = await handler.fetch(new Request(`http://localhost${path}`, { ...init, headers }));
    const bytes = await response.bytes();
    const isJson = response.headers.get('content-type') === 'application/json';
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: (isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined) as AnswerJson,
    };
  };
}

/** The model `clicks`, served in this thread from the folder of a run. */
export async function serveRun(folder: string, options: HandlerOptions = {}): Promise<Served> {
  const open = () => openRanker(folder, { backend: createCpuBackend(), ownsBackend: true });
  const ranker = await open();
  const errors: unknown[] = [];
  const source = { open: async () => ({ version: `run@${ranker.step}`, model: rankerModel(await open()) }) };
  const onError = (thrown: unknown) => void errors.push(thrown);
  const repository = new ModelRepository({ clicks: [source] }, { onError });
  await repository.loadAll();
  const handler = createHandler(repository, { onError, ...options });
  return { ranker, repository, handler, errors, send: sender(handler) };
}

/** A tensor of a request, flat. */
export function tensor(name: string, datatype: string, shape: readonly number[], data: readonly unknown[]) {
  return { name, datatype, shape, data };
}
