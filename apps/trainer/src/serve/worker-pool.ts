import type { Worker } from 'node:worker_threads';
import { setTimeout as pause } from 'node:timers/promises';
import { HttpError, type RequestModel } from '@ttrec/serving/http';
import type { ModelBytes, WorkerCalls, WorkerMemory } from './messages.ts';
import { WORKER_DIED, workerDied, WorkerLink } from './worker-link.ts';

export interface WorkerPoolOptions {
  readonly size: number;
  readonly start: () => Worker;
  /** Called with what went wrong in a worker. */
  readonly onFailure: (text: string) => void;
}

/** A place for a worker: when one ends, another takes it. */
interface Place {
  link: WorkerLink | undefined;
  /** Resolves when the place has a worker with all models. */
  filled: Promise<void>;
}

/** Longest wait before another worker is started in the place of one that failed to start or to score, in milliseconds. */
const MAX_WAIT_MS = 5000;

/** Worker threads that all hold the same models. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #places: Place[];
  readonly #models = new Map<number, ModelBytes>();
  #nextModel = 0;
  #ended = 0;
  #failures = 0;
  #isClosing = false;

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.size }, () => ({
      link: undefined,
      filled: Promise.resolve(),
    }));
  }

  /** Starts all workers. @throws what the first that fails to start throws */
  static async start(
    options: WorkerPoolOptions,
  ): Promise<{ readonly pool: WorkerPool; readonly engine: string }> {
    const pool = new WorkerPool(options);
    const links = pool.#places.map((place) => pool.#newLink(place));
    try {
      const [engine] = await Promise.all(links.map(({ started }) => started));
      for (const [i, place] of pool.#places.entries()) place.link = links[i];
      return { pool, engine: engine! };
    } catch (thrown) {
      await pool.close();
      await Promise.all(links.map((link) => link.end()));
      throw thrown;
    }
  }

  get size(): number {
    return this.#places.length;
  }

  /** Workers that hold all models. */
  get running(): number {
    return this.#links.length;
  }

  /** Workers that ended by themselves, and whose place another took. */
  get ended(): number {
    return this.#ended;
  }

  /** Of all workers, as they said last. */
  get memory(): WorkerMemory {
    const all = this.#links.flatMap(({ memory }) => memory ?? []);
    const sum = (of: keyof WorkerMemory) => all.reduce((bytes, memory) => bytes + memory[of], 0);
    return { heapBytes: sum('heapBytes'), engineBytes: sum('engineBytes') };
  }

  get #links(): WorkerLink[] {
    return this.#places.flatMap(({ link }) => (link ? [link] : []));
  }

  /** Opens a model in every worker, those that take the place of another included. */
  async open(stored: ModelBytes): Promise<RequestModel> {
    const model = this.#nextModel++;
    this.#models.set(model, stored);
    try {
      const opened = await Promise.all(this.#places.map((place) => this.#openIn(place, model)));
      return this.#requestModel(
        model,
        opened.find((each) => each !== undefined) ?? (await this.#call('open', { model, ...stored })),
      );
    } catch (thrown) {
      await this.#closeModel(model);
      throw thrown;
    }
  }

  /** Ends all workers; calls that wait fail. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#links.map((link) => link.end()));
  }

  #requestModel(model: number, { inputs, loadedBytes }: WorkerCalls['open']['answer']): RequestModel {
    return {
      inputs,
      loadedBytes,
      concurrency: this.size,
      answer: async (requests, by) => {
        const sent = requests.map((request) => ({ ...request, body: movable(request.body) }));
        const transfer = sent.map(({ body }) => body.buffer);
        const results = await this.#call('answer', { model, requests: sent, by }, transfer);
        this.#failures = 0;
        return results;
      },
      dispose: () => this.#closeModel(model),
    };
  }

  async #closeModel(model: number): Promise<void> {
    this.#models.delete(model);
    await Promise.allSettled(this.#links.map((link) => link.call('close', { model })));
  }

  /** Undefined if the worker died and another has opened the model in its place. */
  async #openIn(place: Place, model: number): Promise<WorkerCalls['open']['answer'] | undefined> {
    const stored = this.#models.get(model)!;
    const { link } = place;
    if (link) {
      try {
        return await link.call('open', { model, ...stored });
      } catch (thrown) {
        if (!(thrown instanceof HttpError) || thrown.code !== WORKER_DIED) throw thrown;
        await link.ended;
      }
    }
    await place.filled;
    return undefined;
  }

  /** Calls the worker with the least to do; waits for one if all have died. @throws HttpError with status 503 once the pool is closed */
  async #call<Name extends 'open' | 'answer'>(
    name: Name,
    call: WorkerCalls[Name]['call'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<WorkerCalls[Name]['answer']> {
    while (!this.#isClosing) {
      const links = this.#links;
      if (links.length > 0)
        return links.reduce((a, b) => (b.load < a.load ? b : a)).call(name, call, transfer);
      await Promise.race(this.#places.map(({ filled }) => filled));
    }
    throw workerDied();
  }

  #newLink(place: Place): WorkerLink {
    const { start, onFailure } = this.#options;
    const link = new WorkerLink(start(), onFailure);
    void link.ended.then(() => {
      if (place.link !== link) return;
      place.link = undefined;
      if (this.#isClosing) return;
      this.#ended++;
      onFailure('a worker ended; its requests failed, and another takes its place');
      place.filled = this.#refill(place);
    });
    return link;
  }

  /** Starts workers until one has started and opened all models. */
  async #refill(place: Place): Promise<void> {
    while (!this.#isClosing) {
      if (this.#failures > 0) await pause(Math.min(MAX_WAIT_MS, 50 * 2 ** this.#failures));
      this.#failures++;
      const link = this.#newLink(place);
      try {
        await link.started;
        // Models that are opened meanwhile are in the map as well.
        const opened = new Set<number>();
        for (
          let model = next(this.#models, opened);
          model !== undefined;
          model = next(this.#models, opened)
        ) {
          opened.add(model);
          await link.call('open', { model, ...this.#models.get(model)! });
        }
        place.link = link;
        return;
      } catch (thrown) {
        this.#options.onFailure(`a worker could not start: ${(thrown as Error).message}`);
        await link.end();
      }
    }
  }
}

/** The bytes in memory of their own, which can go to another thread. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  // A `slice` of a Buffer would be a view.
  return isOwn ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function next(models: ReadonlyMap<number, unknown>, opened: ReadonlySet<number>): number | undefined {
  return [...models.keys()].find((model) => !opened.has(model));
}
