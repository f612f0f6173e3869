import { Worker } from 'node:worker_threads';
import { createThreadGroup } from '@ttrec/training/workers';
import { BEST } from '../models.ts';
import type { ThreadAnswer, ThreadOrder, ThreadSetting } from './training-thread.ts';

/** Threads that train one model together. They start when they are first asked. */
export class TrainingThreads {
  readonly #configFile: string;
  readonly #workers: number | undefined;
  #threads: readonly Worker[] | undefined;
  #steps = 0;
  #last: readonly ThreadAnswer[] = [];

  /** @param workers that share each batch; undefined for one thread with whole batches */
  constructor(configFile: string, workers: number | undefined) {
    this.#configFile = configFile;
    this.#workers = workers;
  }

  async train(steps: number): Promise<void> {
    this.#last = await this.#ask({ steps });
    this.#steps += steps;
  }

  /** All parameters, of each thread. */
  async numbers(): Promise<readonly (readonly Float32Array[])[]> {
    return (await this.#ask('numbers')).map(({ numbers }) => numbers!);
  }

  /** Per step, of the thread that used most: processor time, and time in messages and waiting for other threads. */
  get details(): string {
    const of = (name: 'processorMs' | 'exchangeSeconds') =>
      Math.max(...this.#last.map((answer) => answer[name] ?? 0)) / this.#steps;
    const wait =
      this.#workers === undefined
        ? ''
        : `, ${(1000 * of('exchangeSeconds')).toFixed(1)} ms in messages and waiting`;
    return `${of('processorMs').toFixed(1)} ms of processor time a step on the busiest thread${wait}`;
  }

  async stop(): Promise<void> {
    await Promise.all((this.#threads ?? []).map((thread) => thread.terminate()));
  }

  #ask(order: ThreadOrder): Promise<readonly ThreadAnswer[]> {
    this.#threads ??= this.#start();
    return Promise.all(this.#threads.map((thread) => asked(thread, order)));
  }

  #start(): readonly Worker[] {
    const group = this.#workers === undefined ? undefined : createThreadGroup(this.#workers);
    return Array.from({ length: this.#workers ?? 1 }, (_, rank) => {
      const setting: ThreadSetting = { configFile: this.#configFile, engine: BEST, rank, group };
      return new Worker(new URL('./training-thread.ts', import.meta.url), { workerData: setting });
    });
  }
}

/** Rejects if the thread ends. */
function asked(thread: Worker, order: ThreadOrder): Promise<ThreadAnswer> {
  return new Promise<ThreadAnswer>((resolve, reject) => {
    thread.once('message', (answer: ThreadAnswer) => {
      thread.off('error', reject);
      resolve(answer);
    });
    thread.once('error', reject);
    thread.postMessage(order);
  });
}
