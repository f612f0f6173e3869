import { basename } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { LoadOptions, ModelSource, OpenedModel } from '@ttrec/serving/http';
import { WorkerLink } from './worker-link.ts';
import type { WorkerPool } from './worker-pool.ts';

interface RunSourceOptions {
  readonly pool: WorkerPool;
  /** Starts a thread that reads. */
  readonly start: () => Worker;
  readonly checkpoint: string | undefined;
  /** Ends reading. */
  readonly signal: AbortSignal;
}

/** The versions of a model in a run folder or a model file. They are read and verified by a separate thread. */
export class RunSource implements ModelSource {
  readonly path: string;
  readonly #options: RunSourceOptions;

  constructor(path: string, options: RunSourceOptions) {
    this.path = path;
    this.#options = options;
  }

  async open(options: LoadOptions): Promise<OpenedModel> {
    const { path } = this;
    const { pool, start, signal } = this.#options;
    signal.throwIfAborted();
    const reader = new WorkerLink(start(), () => undefined);
    const end = () => void reader.end();
    signal.addEventListener('abort', end);
    try {
      const { checkpoint, ...stored } = await reader.call('read', {
        path,
        checkpoint: options.checkpoint ?? this.#options.checkpoint,
      });
      const version = checkpoint === undefined ? modelName(path) : `${modelName(path)}@${checkpoint}`;
      return { version, model: await pool.open(stored) };
    } finally {
      signal.removeEventListener('abort', end);
      await reader.end();
    }
  }
}

/** The name of a folder, or of a file without its extensions. */
export function modelName(path: string): string {
  return basename(path).replace(/(\.ttrec)?\.safetensors(\.index\.json)?$/, '');
}
