import type { Backend } from '@ttrec/backend';
import type { ConformanceCase } from '@ttrec/testkit/backend';

/**
 * Runs cases on a backend that takes longer to start than most of them to run: a case has the backend of the one before, if that
 * left it as it was.
 */
export class OneAfterAnother {
  readonly #create: () => Promise<Backend>;
  #backend: Backend | undefined;

  constructor(create: () => Promise<Backend>) {
    this.#create = create;
  }

  async run(one: ConformanceCase): Promise<void> {
    this.#backend ??= await this.#create();
    let isAsItWas = false;
    try {
      await one.run(this.#backend);
      isAsItWas = one.leavesBackend === true;
    } finally {
      if (!isAsItWas) await this.dispose();
    }
  }

  async dispose(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    await backend?.dispose();
  }
}
