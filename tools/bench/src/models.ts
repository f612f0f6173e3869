import type { Backend } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { createNativeBackend, nativeBackendFactory } from '@ttrec/backend-native';
import { createDryBackend } from '@ttrec/testkit/backend';
import { createWasmBackend } from '@ttrec/backend-wasm';

/** `dry` computes nothing: what is left of a step is the host's part, with the routines of the best engine. */
export type EngineName =
  'native' | 'native, two threads' | 'relaxed' | 'relaxed, two threads' | 'strict' | 'cpu' | 'dry';

const engines: Readonly<Record<EngineName, () => Promise<Backend>>> = {
  native: () => createNativeBackend(),
  'native, two threads': () => createNativeBackend({ threads: 2 }),
  relaxed: () => createWasmBackend({ simd: 'relaxed' }),
  'relaxed, two threads': () => createWasmBackend({ simd: 'relaxed', threads: 2 }),
  strict: () => createWasmBackend({ simd: 'strict' }),
  cpu: async () => createCpuBackend(),
  dry: async () => {
    await using best = await engines[BEST]();
    return { ...createDryBackend(), host: best.host };
  },
};

/** What users get: native code, or WebAssembly where it does not load. */
export const BEST = (await nativeBackendFactory.availability()).available ? 'native' : 'relaxed';

/** A model and its backend. */
export interface Hosted<Model> {
  readonly backend: Backend;
  readonly model: Model;
}

/**
 * Models by name, made when first asked for. Filling two gigabytes with random numbers takes a minute, so a model stays for
 * the case after the one that used it, and no longer. A case that trains shares none with one that does not.
 */
export class Models {
  readonly #hosted = new Map<string, Hosted<unknown>>();
  readonly #used = new Set<string>();
  readonly #make: (engine: EngineName) => Promise<Backend>;

  constructor(make: (engine: EngineName) => Promise<Backend> = (engine) => engines[engine]()) {
    this.#make = make;
  }

  /** `name` identifies everything that `build` depends on, except the engine. */
  async get<Model>(
    engine: EngineName,
    name: string,
    build: (backend: Backend) => Model,
  ): Promise<Hosted<Model>> {
    const key = `${engine} ${name}`;
    this.#used.add(key);
    const existing = this.#hosted.get(key);
    if (existing) return existing as Hosted<Model>;
    const backend = await this.#make(engine);
    const hosted = { backend, model: build(backend) };
    this.#hosted.set(key, hosted);
    return hosted;
  }

  /** Ends a case: disposes of the models that it did not use. */
  async endCase(): Promise<void> {
    for (const [key, { backend }] of this.#hosted) {
      if (this.#used.has(key)) continue;
      this.#hosted.delete(key);
      await backend.dispose();
    }
    this.#used.clear();
  }

  async dispose(): Promise<void> {
    this.#used.clear();
    await this.endCase();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
