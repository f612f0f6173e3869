import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { HttpAnswer, HttpCall, ServedRequest } from '@ttrec/serving/http';

const tracer = trace.getTracer('ttrec');

/**
 * Answers a call in a span of OpenTelemetry, the child of the one that the headers name. Does nothing but that where no SDK is registered:
 * `node --import ./telemetry.mjs` registers one.
 */
export function traced(
  call: HttpCall,
  headers: Readonly<Record<string, unknown>>,
  answer: (call: HttpCall) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const parent = propagation.extract(context.active(), headers);
  const attributes = { 'http.request.method': call.method, 'url.path': call.path };
  return tracer.startActiveSpan(call.method, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
    const answered = await answer(call);
    span.setAttribute('http.response.status_code', answered.status);
    if (answered.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    return answered;
  });
}

/** Adds what was scored to the span of the call. */
export function noteRequest({ model, version, rows }: ServedRequest): void {
  trace
    .getActiveSpan()
    ?.setAttributes({ 'ttrec.model': model, 'ttrec.version': version, 'ttrec.rows': rows });
}
