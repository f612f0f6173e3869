import { nodeModule } from './node-module.ts';
import { hasWorkers } from './start-worker.ts';

/** Why there can be no second thread here; undefined when there can. */
export function whyNoThreads(): string | undefined {
  const { SharedArrayBuffer, crossOriginIsolated } = globalThis as Partial<typeof globalThis>;
  if (SharedArrayBuffer === undefined || crossOriginIsolated === false) {
    return (
      'this page is not cross-origin isolated, so that memory cannot be shared: ' +
      'serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
    );
  }
  return hasWorkers() ? undefined : 'there are no workers here';
}

/** More than any machine shares well: past some tens, threads wait for memory. */
export const MOST_THREADS = 64;

/** Processors that this process may use. */
export function processors(): number {
  const { navigator } = globalThis as Partial<typeof globalThis>;
  return nodeModule('node:os')?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** Whether the calling thread may wait for others: engines forbid it to the main thread of a page. */
export function mayWait(): boolean {
  try {
    // The value is another one, so that this returns at once where it is allowed.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}
