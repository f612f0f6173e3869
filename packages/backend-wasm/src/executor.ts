import type { KernelRunner } from '@ttrec/backend-linear';
import type { MemoryViews } from './memory/memory-views.ts';
import type { Team } from './threads/team.ts';

/**
 * What a stream does to the memory, in order: on the calling thread, which leads the others, or sent to a thread that
 * leads. Calls return at once; only `read` and `sync` are awaited, and they reject with the first failure.
 */
export interface Executor extends KernelRunner {
  /** Fills with zeros. */
  zero(address: number, bytes: number): void;
  read(address: number, length: number): Promise<Float32Array<ArrayBuffer>>;
  /** Into an array, at once. Absent where what was asked for may not have happened when its call returns. */
  readInto?(out: Float32Array, address: number): void;
  sync(): Promise<void>;
  /** Ends the threads. */
  dispose(): Promise<void>;
}

/** Everything happens when it is asked for: the calling thread computes, with the rest of its team if it has one. */
export function executeHere(
  team: Pick<Team, 'threads' | 'run'>,
  views: MemoryViews,
  endTeam: () => Promise<void> = async () => undefined,
): Executor {
  return {
    threads: team.threads,
    run: (call) => team.run(call),
    zero: (address, bytes) => views.zero(address, bytes),
    write: (address, data) => views.write(address, data),
    read: async (address, length) => views.read(address, length),
    readInto: (out, address) => out.set(views.float32.subarray(address / 4, address / 4 + out.length)),
    sync: async () => undefined,
    dispose: endTeam,
  };
}
