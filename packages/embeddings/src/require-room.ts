import type { Backend } from '@ttrec/backend';
import { error } from './error.ts';

/** A table and the bytes it takes in training. */
export interface Demand {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Refuses tables that a backend cannot hold, before the first of them is allocated.
 *
 * @throws `embeddings/too-large`, naming the largest table
 */
export function requireRoom(backend: Backend, demands: readonly Demand[]): void {
  const { maxTotalBytes, maxBufferBytes } = backend.capabilities;
  const left = maxTotalBytes - backend.memory().bytes;
  const total = demands.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= left) return;
  const largest = demands.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  throw error('too-large', {
    subject: demands.length === 1 ? `table "${largest.name}"` : `${demands.length} tables`,
    rule: `must fit the ${left} bytes left on backend "${backend.name}" (a single buffer: ${maxBufferBytes})`,
    got:
      demands.length === 1
        ? `${total} bytes`
        : `${total} bytes, ${largest.bytes} of them for "${largest.name}"`,
    hint: 'Store large tables as "tt" or "hash", or choose a backend with more memory.',
  });
}
