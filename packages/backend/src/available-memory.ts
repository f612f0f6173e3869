/**
 * Bytes that this process could still allocate without swapping, as Node tells it (20.13 and newer); undefined where the
 * engine or the system does not tell.
 */
export function availableMemory(): number | undefined {
  const { process } = globalThis as { process?: { availableMemory?: () => number } };
  const available = process?.availableMemory?.();
  // Node says 0, or 2^64, where the system does not tell.
  return available !== undefined && available > 0 && Number.isSafeInteger(available) ? available : undefined;
}
