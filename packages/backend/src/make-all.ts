/** Makes one thing for each item. When one cannot be made, those made before it are disposed: nothing is left behind. */
export function makeAll<Item, Made>(
  items: readonly Item[],
  make: (item: Item, index: number) => Made,
  dispose: (made: Made) => void,
): Made[] {
  const made: Made[] = [];
  try {
    for (const [index, item] of items.entries()) made.push(make(item, index));
    return made;
  } catch (thrown) {
    for (const each of made) dispose(each);
    throw thrown;
  }
}
