import { error } from '../error.ts';
import { PAGE } from './growing-memory.ts';

/** A WebAssembly memory that may grow to `maximum` bytes. */
export function createMemory(maximum: number, shared = false): WebAssembly.Memory {
  const Memory = WebAssembly.Memory;
  try {
    return new Memory({ initial: 1, maximum: maximum / PAGE, ...(shared && { shared }) });
  } catch (cause) {
    throw error('unavailable', {
      subject: 'memory',
      rule: `must be an address range of ${maximum} bytes`,
      hint: 'Choose a smaller maxTotalBytes.',
      cause,
    });
  }
}
