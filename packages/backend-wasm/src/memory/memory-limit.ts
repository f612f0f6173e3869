import { availableMemory } from '@ttrec/backend';
import { PAGE } from './growing-memory.ts';

/** The 32-bit address space, less its last page, so that the end of everything is an address too. */
export const ADDRESS_SPACE = 65535 * PAGE;
/** Bytes kept for working memory, the module's constants and the gaps between buffers. */
export const RESERVED = 2 ** 25;

/** Bytes of buffers available here: the address space, or less if the machine has less (Node). */
export function defaultLimit(): number {
  return Math.min(ADDRESS_SPACE - RESERVED, availableMemory() ?? Infinity);
}
