import { LEAST_PART } from '@ttrec/backend-linear';
import { error } from './error.ts';
import { executeHere, type Executor } from './executor.ts';
import { compiledModule } from './module/builds.ts';
import { instantiate, type Build, type KernelExports } from './module/kernel-module.ts';
import { createMemory } from './memory/create-memory.ts';
import { MemoryViews } from './memory/memory-views.ts';
import { mayWait, MOST_THREADS, processors, whyNoThreads } from './threads/environment.ts';
import { startTeam } from './threads/start-team.ts';
import { Team } from './threads/team.ts';

/** A memory, the kernels over it, and who runs them. */
export interface Machine {
  readonly memory: WebAssembly.Memory;
  readonly kernels: KernelExports;
  readonly executor: Executor;
  /** Why there are fewer threads than were asked for. */
  readonly threadsReason?: string;
}

export interface MachineOptions {
  readonly build: Build;
  /** Bytes to which the memory may grow. */
  readonly maximum: number;
  readonly threads: number | 'auto';
  readonly workerUrl: string | undefined;
  /** For tests: nanoseconds of work that a part, and a chunk, has at least; a calling thread that may not wait. */
  readonly forced?: { readonly leastPart?: number; readonly leastChunk?: number; readonly mayWait?: boolean };
}

/** @throws `backend-wasm/unavailable` for a number of threads, or an address range, that cannot be had here */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { threads } = options;
  if (threads === 1) return startAlone(options);
  const wanted = threads === 'auto' ? Math.min(processors(), MOST_THREADS) : threads;
  try {
    const obstacle = wanted === 1 ? 'this machine has one processor' : whyNoThreads();
    if (obstacle !== undefined) throw new Error(obstacle);
    return await startTogether(options, wanted);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (threads === 'auto') return { ...(await startAlone(options)), threadsReason: aloneBecause(reason) };
    throw error('unavailable', {
      subject: 'threads',
      rule: 'must be what can be started here',
      got: threads,
      hint: `${reason[0]!.toUpperCase()}${reason.slice(1)}. Choose "auto" or 1.`,
      cause,
    });
  }
}

function aloneBecause(reason: string): string {
  return mayWait() ? reason : `${reason}; kernels run on the page’s main thread, a worker would keep it free`;
}

async function startAlone({ build, maximum }: MachineOptions): Promise<Machine> {
  const memory = createMemory(maximum);
  const kernels = await instantiate(await compiledModule(build, false), memory);
  return { memory, kernels, executor: executeHere(new Team(kernels, 1), new MemoryViews(memory)) };
}

async function startTogether(
  { build, maximum, workerUrl, forced }: MachineOptions,
  threads: number,
): Promise<Machine> {
  const memory = createMemory(maximum, true);
  const module = await compiledModule(build, true);
  const kernels = await instantiate(module, memory);
  const manner = { leastPart: LEAST_PART, mayWait: mayWait(), ...forced };
  const executor = await startTeam({ threads, kernels, module, memory, workerUrl, ...manner });
  return { memory, kernels, executor };
}
