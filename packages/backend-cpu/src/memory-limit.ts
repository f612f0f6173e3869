/** What a page may hope for when the engine does not tell: browsers kill a tab that holds much more. */
const UNKNOWN_LIMIT = 4 * 2 ** 30;

/** Bytes that this process could still allocate without swapping, as Node tells it (≥ 20.13), else 4 GiB. */
export function availableBytes(): number {
  const { process } = globalThis as { process?: { availableMemory?: () => number } };
  return process?.availableMemory?.() ?? UNKNOWN_LIMIT;
}
