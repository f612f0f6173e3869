import { error } from '../error.ts';
import type { Executor } from '../executor.ts';
import { leaderFailed, type Command, type Reply } from './messages.ts';
import type { StartedWorker } from './start-worker.ts';

interface Waiting {
  resolve(data: Float32Array<ArrayBuffer> | undefined): void;
  reject(reason: unknown): void;
}

/**
 * Everything is sent to a worker that leads, in order; the calling thread never waits. What one turn of the event loop
 * asks for goes in one message.
 */
export function executeRemotely(leader: StartedWorker, threads: number, end: () => Promise<void>): Executor {
  const waiting = new Map<number, Waiting>();
  let queue: Command[] = [];
  let lastId = 0;
  let lost: Error | undefined;

  const flush = (): void => {
    if (queue.length > 0) leader.post(queue);
    queue = [];
  };
  const enqueue = (command: Command): void => {
    if (queue.length === 0) queueMicrotask(flush);
    queue.push(command);
  };
  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) leader.keepAlive(false);
    return found;
  };
  leader.listen(
    (message) => {
      const { id, data, failure } = message as Reply;
      if (failure === undefined) settle(id)?.resolve(data);
      else settle(id)?.reject(error('thread-failed', failure));
    },
    (reason) => {
      lost = error('thread-failed', leaderFailed(reason));
      for (const id of [...waiting.keys()]) settle(id)?.reject(lost);
    },
  );
  const ask = (make: (id: number) => Command): Promise<Float32Array<ArrayBuffer> | undefined> =>
    new Promise((resolve, reject) => {
      if (lost !== undefined) {
        reject(lost);
        return;
      }
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      leader.keepAlive(true);
      enqueue(make(id));
    });

  return {
    threads,
    run: (call) => enqueue({ do: 'run', call }),
    zero: (address, bytes) => enqueue({ do: 'zero', address, bytes }),
    write: (address, data) => enqueue({ do: 'write', address, data: data.slice() }),
    read: async (address, length) => (await ask((id) => ({ do: 'read', id, address, length })))!,
    async sync() {
      await ask((id) => ({ do: 'sync', id }));
    },
    async dispose() {
      await end();
      lost = error('thread-failed', leaderFailed('the backend was disposed'));
      for (const id of [...waiting.keys()]) settle(id)?.reject(lost);
    },
  };
}
