import { nodeModule } from './node-module.ts';

/*
 * How the end of a worker is heard of in a browser, which fires no event at it: the worker holds a Web Lock for as long as
 * it lives, and whoever gets that lock after it knows. It takes an event loop that runs. The main thread of a page has
 * one, and tells the worker that leads and may be asleep. A worker that leads threads of its own hears of it only between
 * two streams: while it sleeps, nothing in a browser can be asked about another worker. What is left there is small: a
 * worker that runs out of memory takes its whole page along (seen in Chromium), so that nobody is left waiting.
 */
/** A name that nobody else has: locks belong to an origin, not to a page. Undefined in Node, and where there are none. */
export function nameOfLock(): string | undefined {
  if (nodeModule('node:worker_threads') !== undefined) return undefined;
  // Only secure contexts have locks.
  const { locks } = navigator as Partial<Navigator>;
  return locks === undefined ? undefined : `ttrec backend-wasm ${crypto.randomUUID()}`;
}

/** Resolves when the calling worker holds the lock, which it never gives back, or with false if it may not have one. */
export function holdForLife(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = () => {
      resolve(true);
      return new Promise(() => undefined);
    };
    navigator.locks.request(name, hold).catch(() => resolve(false));
  });
}

/** Calls back when who holds the lock is no more. */
export function whenFree(name: string, callback: () => void): void {
  // Refused to a page that is being left.
  navigator.locks.request(name, callback).catch(() => undefined);
}
