import { availableMemory } from '@ttrec/backend';

/** The limit in a page, where free memory is unknown: browsers kill a tab that uses much more. */
const UNKNOWN_LIMIT = 4 * 2 ** 30;

/** Bytes that this process can still allocate without swapping; 4 GiB if unknown. */
export function availableBytes(): number {
  return availableMemory() ?? UNKNOWN_LIMIT;
}
