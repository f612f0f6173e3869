import type { Backend } from '@ttrec/backend';
import { error } from './error.ts';
import type { PricedTable } from './price-tables.ts';

/** A table, or another part of a model, and the bytes it takes in training. */
export interface Demand {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Refuses what a backend cannot hold, before the first of it is allocated, and has it make room for the rest at once.
 *
 * @throws `embeddings/too-large`, naming the largest part
 */
export function requireRoom(backend: Backend, demands: readonly Demand[]): void {
  const { maxTotalBytes, maxBufferBytes } = backend.capabilities;
  const left = maxTotalBytes - backend.memory().bytes;
  const total = demands.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= left) {
    backend.reserve(total);
    return;
  }
  const largest = demands.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  throw error('too-large', {
    subject: demands.length === 1 ? largest.name : `${demands.length} parts of the model`,
    rule: `must fit the ${left} bytes left on backend "${backend.name}" (a single buffer: ${maxBufferBytes})`,
    got:
      demands.length === 1
        ? `${total} bytes`
        : `${total} bytes, ${largest.bytes} of them for ${largest.name}`,
    hint: 'Store large tables as "tt", "hash" or "hot-cold", with fewer ranks, buckets or hot rows, or choose a backend with more memory.',
  });
}

/** What tables take in training, each under its name. */
export function tableDemands(priced: readonly PricedTable[]): Demand[] {
  return priced.map(({ table, cost }) => ({ name: `table "${table.name}"`, bytes: cost.trainingBytes }));
}
