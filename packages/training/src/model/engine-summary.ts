import { placementOf, type Selection } from '@ttrec/backend';
import type { Dlrm } from '@ttrec/dlrm';
import type { EngineSummary } from '../records/run-record.ts';

/** What computes a model, and which of its parameters lie beside the engine's device. */
export function engineSummary({ backend, passedOver }: Selection, model: Dlrm): EngineSummary {
  const { engine, threads, threadsReason, hostRows } = backend.capabilities;
  const fewer = threadsReason === undefined ? {} : { threadsReason };
  const summary = { description: engine, threads, ...fewer, passedOver };
  if (hostRows === undefined) return summary;
  const onHost = model.parameters.filter(({ weights }) => placementOf(weights.table, hostRows) === 'host');
  return { ...summary, onHost: onHost.map(({ name }) => name) };
}
