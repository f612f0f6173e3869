import { availableMemory } from '@ttrec/backend';
import { error } from '../error.ts';
import { PAGE } from './growing-memory.ts';

/** The 32-bit address space, less its last page, so that the end of everything is an address too. */
export const ADDRESS_SPACE = 65535 * PAGE;
/** Bytes kept for working memory, the module's constants and the gaps between buffers. */
const RESERVED = 2 ** 25;

/** Bytes of buffers available here: the address space, or less if the machine has less (Node). */
export function defaultLimit(): number {
  return Math.min(ADDRESS_SPACE - RESERVED, availableMemory() ?? Infinity);
}

/** What is asked for, as far as addresses reach. @throws `backend-wasm/bad-option` */
export function checkedLimit(maxTotalBytes: number): number {
  if (Number.isSafeInteger(maxTotalBytes) && maxTotalBytes >= 1) {
    return Math.min(maxTotalBytes, ADDRESS_SPACE - RESERVED);
  }
  const rule = 'must be a positive integer of bytes';
  throw error('bad-option', { subject: 'maxTotalBytes', rule, got: maxTotalBytes });
}

/** Bytes to which a memory may grow that holds so many bytes of buffers. */
export function maximumOf(maxTotalBytes: number): number {
  return Math.min(Math.ceil((maxTotalBytes + RESERVED) / PAGE) * PAGE, ADDRESS_SPACE);
}
