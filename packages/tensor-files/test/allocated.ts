import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Freed array buffers leave the count at the collection, and not at some later time on another thread: that would be taken
// for memory that a run gave back.
setFlagsFromString('--no-concurrent-array-buffer-sweeping');
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Bytes that the process holds after `run` beyond those before it, its garbage included: objects, text, and the memory behind
 * typed arrays. Everything is collected before, so that nothing that `run` drops is, until it has made megabytes.
 */
export async function allocatedBy(run: () => unknown): Promise<number> {
  collect();
  const before = heldBytes();
  await run();
  return heldBytes() - before;
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
