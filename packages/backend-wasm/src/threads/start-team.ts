import { executeHere, type Executor } from '../executor.ts';
import type { WasmKernels } from '../module/wasm-kernels.ts';
import { MemoryViews } from '../memory/memory-views.ts';
import { Control, type Ended } from './control.ts';
import { executeRemotely } from './execute-remotely.ts';
import type { Assignment, Started } from './messages.ts';
import { startWorker, type StartedWorker } from './start-worker.ts';
import { Team } from './team.ts';

/** Milliseconds. A worker starts in tens of them; a worker that a policy blocks may never report it. */
const PATIENCE = 30_000;

export interface TeamOptions {
  /** At least 2. */
  readonly threads: number;
  readonly kernels: WasmKernels;
  readonly module: WebAssembly.Module;
  /** Shared. */
  readonly memory: WebAssembly.Memory;
  readonly workerUrl: string | undefined;
  /** Whether the calling thread may wait: a page's main thread may not, and so cannot lead. */
  readonly mayWait: boolean;
  /** As for `Team`. */
  readonly leastPart: number;
}

/** Starts the threads. Rejects with the reason when one of them does not start; then none is left. */
export async function startTeam(options: TeamOptions): Promise<Executor> {
  const { threads, kernels, module, memory, workerUrl, mayWait, leastPart } = options;
  const workers: StartedWorker[] = [];
  // Asked by the thread that leads and may wait: then all workers follow, and are numbered from 1.
  const whoEnded = (): Ended | undefined => {
    const at = workers.findIndex((worker) => worker.hasEnded());
    return at < 0 ? undefined : { thread: at + 1, reason: 'the end of its worker' };
  };
  const control = new Control(undefined, whoEnded);
  const end = async (): Promise<void> => {
    control.stop();
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  try {
    const started: Promise<void>[] = [];
    const common = { threads, module, memory, leastPart, control: control.buffer };
    for (let thread = mayWait ? 1 : 0; thread < threads; thread++) {
      const worker = startWorker(workerUrl);
      workers.push(worker);
      const role = thread === 0 ? 'lead' : 'follow';
      const assigned = assign(worker, { ...common, role, thread, lock: worker.lock });
      const tellEnd = (reason: string) => control.tellEnd({ thread, reason });
      started.push(assigned.then(() => worker.listen(() => undefined, tellEnd)));
    }
    await Promise.all(started);
  } catch (reason) {
    await end();
    throw reason;
  }
  return mayWait
    ? executeHere(new Team(kernels, threads, control, leastPart), new MemoryViews(memory), end)
    : executeRemotely(workers[0]!, threads, end);
}

/** Resolves when the worker has taken up its assignment. */
async function assign(worker: StartedWorker, assignment: Assignment): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(reason));
    const timer = setTimeout(
      () => fail(`a worker did not start within ${PATIENCE / 1000} seconds`),
      PATIENCE,
    );
    const settle = (then: () => void) => {
      clearTimeout(timer);
      then();
    };
    worker.listen(
      (message) => {
        const answer = message as Started;
        settle(() => {
          if (!answer.started) {
            fail(answer.reason);
            return;
          }
          if (answer.holdsLock) worker.watchLock();
          resolve();
        });
      },
      (reason) => settle(() => fail(reason)),
    );
    worker.post(assignment);
  });
  worker.keepAlive(false);
}
