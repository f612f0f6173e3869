/**
 * Bytes that this process can still allocate without swapping (Node 20.13 and newer); undefined if the engine or the system
 * does not report it.
 */
export function availableMemory(): number | undefined {
  const { process } = globalThis as { process?: { availableMemory?: () => number } };
  const available = process?.availableMemory?.();
  // Node returns 0, or 2^64, if the system does not report it.
  return available !== undefined && available > 0 && Number.isSafeInteger(available) ? available : undefined;
}
