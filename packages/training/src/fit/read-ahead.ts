/**
 * Hands each item of a source to `use`, and asks the source for the next one as soon as `use` waits for anything: what computes off this
 * thread and what reads go on together. The items and their order are those of the source.
 *
 * @param use is given the seconds that were spent waiting for the item; returns whether to go on
 * @param isLast whether no item is wanted after the present one
 */
export async function readAhead<Item>(
  source: AsyncIterable<Item>,
  use: (item: Item, waitedSeconds: number) => Promise<boolean>,
  isLast: () => boolean,
): Promise<void> {
  const reader = source[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<Item>> | undefined;
  try {
    for (;;) {
      const asked = performance.now();
      const item = await (next ?? reader.next());
      next = undefined;
      if (item.done === true) return;
      const using = use(item.value, (performance.now() - asked) / 1000);
      if (!isLast()) {
        next = reader.next();
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
