import { turn } from './turn.ts';

/** Seconds that an item took. */
export interface ReadTimes {
  /** Spent waiting for it, while nothing else was done. */
  readonly waitedSeconds: number;
  /** From when it was asked for until it was there. */
  readonly readSeconds: number;
}

/**
 * Hands each item of a source to `use`, and asks the source for the next one when `use` waits for an event, such as a kernel on another thread or
 * the message of another worker: what is waited for and what reads go on together. The items and their order are those of the source.
 *
 * @param use returns whether to go on
 * @param isLast whether no item is wanted after the present one
 * @param onBusy receives the milliseconds for which each read kept this thread busy
 */
export async function readAhead<Item>(
  source: AsyncIterable<Item>,
  use: (item: Item, times: ReadTimes) => Promise<boolean>,
  isLast: () => boolean,
  onBusy?: (ms: number) => void,
): Promise<void> {
  const reader = source[Symbol.asyncIterator]();
  const read = async () => {
    const asked = performance.now();
    const reading = reader.next();
    onBusy?.(performance.now() - asked);
    const item = await reading;
    return { item, readSeconds: secondsSince(asked) };
  };
  let next: ReturnType<typeof read> | undefined;
  try {
    for (;;) {
      const asked = performance.now();
      const { item, readSeconds } = await (next ?? read());
      next = undefined;
      if (item.done === true) return;
      const using = use(item.value, { waitedSeconds: secondsSince(asked), readSeconds });
      if (!isLast()) {
        next = turn().then(read);
        // It is awaited, and its error thrown, when its turn comes.
        next.catch(() => undefined);
      }
      if (!(await using)) return;
    }
  } finally {
    await next?.catch(() => undefined);
    await reader.return?.();
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
