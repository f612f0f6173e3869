import { isTtrecError } from '@ttrec/core';
import type { Ranker } from '../ranker.ts';
import { holdForLife } from './life-lock.ts';
import { openRanker } from './open-ranker.ts';
import { CHANNEL, type RankerAnswer, type RankerFacts, type RankerRequest } from './worker-messages.ts';

/** The global object of a worker, as far as it is used. */
interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent<RankerRequest | null>) => void): void;
  postMessage(message: RankerAnswer): void;
}

/** Answers the calls of rankers that a page has in this worker. */
export function answerPage(): void {
  const scope = globalThis as unknown as WorkerScope;
  const rankers = new Map<number, Ranker>();
  scope.addEventListener('message', ({ data }) => {
    if (data?.channel === CHANNEL) void answer(data);
  });

  async function answer(request: RankerRequest): Promise<void> {
    const head = { channel: CHANNEL, id: request.id } as const;
    try {
      scope.postMessage({ ...head, value: await valueOf(request) });
    } catch (thrown) {
      const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
      scope.postMessage({
        ...head,
        thrown: { name, message, code: isTtrecError(thrown) ? thrown.code : undefined },
      });
    }
  }

  async function valueOf({ method, ranker: number, args }: RankerRequest): Promise<unknown> {
    if (method === 'hold') return holdForLife(args[0] as string);
    if (method === 'open') {
      const ranker = await openRanker(...(args as Parameters<typeof openRanker>));
      rankers.set(number, ranker);
      const { source, columns, schema, step, fetched } = ranker;
      return { source, columns, schema, step, fetched } satisfies RankerFacts;
    }
    const ranker = rankers.get(number)!;
    if (method === 'dispose') rankers.delete(number);
    return (ranker[method] as (...given: readonly unknown[]) => unknown)(...args);
  }
}
