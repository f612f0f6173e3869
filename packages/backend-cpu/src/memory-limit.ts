/** What a page may hope for when the engine does not tell: browsers kill a tab that holds much more. */
const UNKNOWN_LIMIT = 4 * 2 ** 30;

/** Bytes that this process could still allocate without swapping, as Node tells it (≥ 20.13), else 4 GiB. */
export function availableBytes(): number {
  const { process } = globalThis as { process?: { availableMemory?: () => number } };
  const available = process?.availableMemory?.();
  // Node says 0, or 2^64, where the system does not tell.
  return available !== undefined && available > 0 && Number.isSafeInteger(available)
    ? available
    : UNKNOWN_LIMIT;
}
