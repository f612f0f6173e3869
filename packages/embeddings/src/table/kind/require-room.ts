import type { Backend } from '@ttrec/backend';
import { availableMemory } from '@ttrec/backend';
import { typeName } from '@ttrec/core';
import { error } from '../../error.ts';
import type { TableCost } from './table-kind.ts';

/** A table, or another part of a model, and what it takes in training. */
export interface Demand {
  readonly name: string;
  /** Of buffers of the backend. */
  readonly bytes: number;
  /** On the host, in no buffer; 0 by default. */
  readonly hostBytes?: number;
}

/**
 * Refuses what a backend, or the host, cannot hold before the first of it is allocated, and has the backend make room for the
 * rest at once. What is kept on the host is not the backend's to hold: a table of integers may be larger than the address
 * space of WebAssembly or than the memory of a GPU.
 *
 * @throws `embeddings/bad-backend`, and `embeddings/too-large`, naming the largest part
 */
export function requireRoom(backend: Backend, demands: readonly Demand[]): void {
  requireBackend(backend);
  const { maxTotalBytes, maxBufferBytes } = backend.capabilities;
  const left = maxTotalBytes - backend.memory().bytes;
  const total = requireFit(
    demands.map(({ name, bytes }) => ({ name, bytes })),
    left,
    `the ${left} bytes left on backend "${backend.name}" (a single buffer: ${maxBufferBytes})`,
  );
  const free = availableMemory() ?? Infinity;
  requireFit(
    demands.map(({ name, hostBytes = 0 }) => ({ name, bytes: hostBytes })),
    free,
    `the ${free} bytes of memory that the process can still have`,
  );
  backend.reserve(total);
}

function requireBackend(backend: Partial<Backend> | null | undefined): void {
  if (typeof backend?.createBuffer === 'function' && typeof backend.capabilities === 'object') return;
  throw error('bad-backend', {
    subject: 'backend',
    rule: 'must be a backend, such as createCpuBackend() returns',
    got: typeName(backend),
    hint:
      backend instanceof Promise
        ? 'Await the promise that createWasmBackend and createGpuBackend return.'
        : undefined,
  });
}

function requireFit(demands: readonly Demand[], left: number, where: string): number {
  const total = demands.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= left) return total;
  const largest = demands.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  throw error('too-large', {
    subject: demands.length === 1 ? largest.name : `${demands.length} parts of the model`,
    rule: `must fit ${where}`,
    got:
      demands.length === 1
        ? `${total} bytes`
        : `${total} bytes, ${largest.bytes} of them for ${largest.name}`,
    hint: 'Store large tables as "tt", "hash" or "hot-cold", with fewer ranks, buckets or hot rows, or choose a backend with more memory.',
  });
}

/** What a table takes in training. */
export function tableDemand(name: string, { trainingBytes, hostBytes = 0 }: TableCost): Demand {
  return { name: `table "${name}"`, bytes: trainingBytes - hostBytes, hostBytes };
}
