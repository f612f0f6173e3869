import type { HttpCall } from './http-call.ts';
import type { ModelRepository } from './models/repository.ts';

/** Called for each answer about a model. */
export interface ServedRequest {
  readonly model: string;
  readonly version: string;
  readonly status: number;
  /** 0 if it failed. */
  readonly rows: number;
  readonly ms: number;
}

export interface HandlerOptions {
  /** What `GET /v2` names; `ttrec` by default. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Callers must send it as `Authorization: Bearer TOKEN`, but for health checks. */
  readonly token?: string | undefined;
  /** Most bytes of a body; 16 MiB by default. */
  readonly maxBodyBytes?: number | undefined;
  /** Until a request is answered with 503, unless it asks for less; 30 seconds by default. */
  readonly timeoutMs?: number | undefined;
  /** What `GET /metrics` answers; 404 without it. */
  readonly metrics?: (() => Promise<{ readonly type: string; readonly text: string }>) | undefined;
  readonly onRequest?: ((request: ServedRequest) => void) | undefined;
  /** Called with what failed, which no client is told. */
  readonly onError?: ((thrown: unknown, what: string) => void) | undefined;
}

/** What a route works with. */
export interface Call extends Pick<HandlerOptions, 'metrics' | 'onRequest'> {
  readonly repository: ModelRepository;
  readonly name: string;
  readonly version: string;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly openApi: unknown;
  readonly request: HttpCall;
  /** `model` and `version` of the path. */
  readonly parameters: Readonly<Record<string, string>>;
}
