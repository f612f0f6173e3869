import { answer, type Call } from './answer.ts';

/** Answers the calls that the page sends to this worker. */
export function answerPage(entry: Readonly<Record<string, unknown>>): void {
  globalThis.onmessage = ({ data: { id, call } }: MessageEvent<{ id: number; call: Call }>) => {
    void answer(entry, call).then((answered) => globalThis.postMessage({ id, answer: answered }));
  };
}
