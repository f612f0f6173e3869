import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type ContextManager,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
} from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../src/serve/start-server.ts';
import { clickRows, clicksRun } from './clicks-run.ts';
import { temporaryFolder } from './command.ts';

// What an SDK is to the API: spans that are kept, a context that follows promises, and the header traceparent.

interface Kept {
  readonly name: string;
  readonly parent: SpanContext | undefined;
  readonly attributes: Attributes;
  status: SpanStatus | undefined;
  hasEnded: boolean;
}

const spans: Kept[] = [];

function startSpan(
  name: string,
  { attributes = {} }: SpanOptions = {},
  parent: Context = context.active(),
): Span {
  const kept: Kept = {
    name,
    parent: trace.getSpanContext(parent),
    attributes: { ...attributes },
    status: undefined,
    hasEnded: false,
  };
  spans.push(kept);
  const span: Pick<Span, 'spanContext' | 'setAttribute' | 'setAttributes' | 'setStatus' | 'end'> = {
    spanContext: () => ({
      traceId: '0'.repeat(31) + '1',
      spanId: '0'.repeat(15) + '1',
      traceFlags: TraceFlags.SAMPLED,
    }),
    setAttribute: (key, value) => ((kept.attributes[key] = value), span as Span),
    setAttributes: (more) => (Object.assign(kept.attributes, more), span as Span),
    setStatus: (status) => ((kept.status = status), span as Span),
    end: () => void (kept.hasEnded = true),
  };
  return span as Span;
}

const storage = new AsyncLocalStorage<Context>();
const manager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
  bind: (_, target) => target,
  enable: () => manager,
  disable: () => manager,
};

let server: RunningServer;

beforeAll(async () => {
  trace.setGlobalTracerProvider({
    getTracer: (): Tracer => ({
      startSpan,
      startActiveSpan: (...given: unknown[]) => {
        const [name, options, parent, work] = given as [string, SpanOptions, Context, (span: Span) => never];
        const span = startSpan(name, options, parent);
        return context.with(trace.setSpan(parent, span), () => work(span));
      },
    }),
  });
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator({
    inject: () => undefined,
    fields: () => ['traceparent'],
    extract(parent, carrier, getter) {
      const [, traceId, spanId] = String(getter.get(carrier, 'traceparent') ?? '').split('-');
      return traceId === undefined || spanId === undefined
        ? parent
        : trace.setSpanContext(parent, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
    },
  });
  const run = await clicksRun(temporaryFolder());
  server = await startServer({
    models: { shop: [run] },
    port: 0,
    workers: 1,
    checkpoint: 'latest',
    backend: 'cpu',
    graceMs: 0,
    onNote: () => undefined,
  });
});

afterAll(async () => {
  await server.stop();
  for (const api of [trace, context, propagation]) api.disable();
});

const predict = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/models/shop:predict`, { method: 'POST', body: JSON.stringify(body), headers });

test('each request is a span, the child of the caller, with what was scored', async () => {
  const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
  const rows = clickRows(3);
  const answers = await Promise.all([
    predict({ instances: rows }, { traceparent: `00-${traceId}-${spanId}-01` }),
    predict({ instances: rows.slice(1) }),
    predict({ instances: [] }),
    fetch(`${server.url}/v2/health/live`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 200]);
  const path = '/v1/models/shop:predict';
  const scored = { 'ttrec.model': 'shop', 'ttrec.version': 'clicks@step-00000012' };
  const found = (rowsScored: number | undefined, url = path) =>
    spans.find(({ attributes }) => attributes['url.path'] === url && attributes['ttrec.rows'] === rowsScored);
  expect(spans).toHaveLength(4);
  expect(found(3)).toEqual({
    name: 'POST',
    parent: { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true },
    attributes: {
      'http.request.method': 'POST',
      'url.path': path,
      'http.response.status_code': 200,
      ...scored,
      'ttrec.rows': 3,
    },
    status: undefined,
    hasEnded: true,
  });
  expect(found(2)).toMatchObject({ parent: undefined, attributes: scored });
  expect(found(0)).toMatchObject({
    attributes: { ...scored, 'http.response.status_code': 400 },
    status: undefined,
  });
  expect(found(undefined, '/v2/health/live')).toMatchObject({ name: 'GET', hasEnded: true });
});

test('an answer of 503 is an error of its span', async () => {
  spans.length = 0;
  await fetch(`${server.url}/v2/repository/models/shop/unload`, { method: 'POST' });
  expect((await predict({ instances: clickRows(2) })).status).toBe(503);
  expect(spans).toMatchObject([
    { attributes: { 'http.response.status_code': 200 }, status: undefined },
    {
      attributes: { 'http.response.status_code': 503 },
      status: { code: SpanStatusCode.ERROR },
      hasEnded: true,
    },
  ]);
});
