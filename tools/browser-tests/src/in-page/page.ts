import { answer, type Answer } from './answer.ts';

/** Answers calls in the page itself. */
export function answerInPage(entry: Readonly<Record<string, unknown>>): void {
  globalThis.ttrecAnswer = async (call) => {
    // The debugger lifts the content security policy while it evaluates: the call itself must come after.
    await new Promise((resolve) => setTimeout(resolve));
    return answer(entry, call);
  };
}

/** Answers calls by asking a module worker. */
export function answerInWorker(url: string): void {
  const worker = new Worker(url, { type: 'module' });
  const waiting = new Map<number, (answer: Answer) => void>();
  let calls = 0;
  worker.onmessage = ({ data }: MessageEvent<{ id: number; answer: Answer }>) => {
    waiting.get(data.id)?.(data.answer);
    waiting.delete(data.id);
  };
  worker.onerror = ({ message }) => {
    for (const answer of waiting.values()) answer({ thrown: { name: 'WorkerError', message } });
    waiting.clear();
  };
  globalThis.ttrecAnswer = (call) =>
    new Promise((resolve) => {
      const id = calls++;
      waiting.set(id, resolve);
      worker.postMessage({ id, call });
    });
}
