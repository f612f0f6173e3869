/*
 * A browser fires no event when a worker ends. The worker holds a Web Lock for as long as it lives, and the page that gets the lock after
 * it knows. Only secure contexts have locks.
 */

/** The name of a lock that nothing else has, or undefined where there are no locks. */
export function nameOfLock(): string | undefined {
  const { locks } = navigator as Partial<Navigator>;
  return locks && `ttrec serving ${crypto.randomUUID()}`;
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

/** Calls back when the holder of the lock is no more. */
export function whenFree(name: string, callback: () => void): void {
  // Refused to a page that is being left.
  navigator.locks.request(name, callback).catch(() => undefined);
}
