import { availableMemory } from '@ttrec/backend';

/** What a page may hope for when the engine does not tell: browsers kill a tab that holds much more. */
const UNKNOWN_LIMIT = 4 * 2 ** 30;

/** Bytes that this process could still allocate without swapping, or 4 GiB where nobody tells. */
export function availableBytes(): number {
  return availableMemory() ?? UNKNOWN_LIMIT;
}
