import { basename } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { LoadOptions, ModelSource, OpenedModel } from '@ttrec/serving/http';
import { WorkerLink } from './worker-link.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The versions of a model in a run folder or a model file. They are read and verified by a thread of their own. */
export class RunSource implements ModelSource {
  readonly path: string;
  readonly #pool: WorkerPool;
  readonly #start: () => Worker;
  readonly #checkpoint: string | undefined;

  constructor(
    path: string,
    {
      pool,
      start,
      checkpoint,
    }: { readonly pool: WorkerPool; readonly start: () => Worker; readonly checkpoint: string | undefined },
  ) {
    this.path = path;
    this.#pool = pool;
    this.#start = start;
    this.#checkpoint = checkpoint;
  }

  async open(options: LoadOptions): Promise<OpenedModel> {
    const reader = new WorkerLink(this.#start(), () => undefined);
    try {
      const { path } = this;
      const { checkpoint, ...stored } = await reader.call('read', {
        path,
        checkpoint: options.checkpoint ?? this.#checkpoint,
      });
      const version = checkpoint === undefined ? modelName(path) : `${modelName(path)}@${checkpoint}`;
      return { version, model: await this.#pool.open(stored) };
    } finally {
      await reader.end();
    }
  }
}

/** The name of a folder, or of a file without its extensions. */
export function modelName(path: string): string {
  return basename(path).replace(/(\.ttrec)?\.safetensors(\.index\.json)?$/, '');
}
