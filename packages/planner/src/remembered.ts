/** The result of a function for an object, computed once and kept as long as the object. */
export function oncePer<Of extends object, Result>(compute: (of: Of) => Result): (of: Of) => Result {
  const known = new WeakMap<Of, Result>();
  return (of) => remembered(known, of, () => compute(of));
}

interface Known<Key, Result> {
  has(key: Key): boolean;
  get(key: Key): Result | undefined;
  set(key: Key, result: Result): unknown;
}

/** What is known of a key, computed if nothing is. */
export function remembered<Key, Result>(known: Known<Key, Result>, key: Key, compute: () => Result): Result {
  if (known.has(key)) return known.get(key)!;
  const result = compute();
  known.set(key, result);
  return result;
}
