import type { HostTensor } from '../../state/host-tensor.ts';
import { IdMap } from './id-map.ts';

/** Which ids have a row in the cache, and where. Numbers of rows are elsewhere. */
export class CachedIds {
  /** [K]: the id at each place, of the first `used`. */
  protected readonly ids: Uint32Array;
  protected readonly used = new Uint32Array(1);
  protected readonly path: string;
  readonly #places: IdMap;
  readonly #numEmbeddings: number;

  /** @param path goes before the names of its tensors */
  constructor({ rows, numEmbeddings }: { readonly rows: number; readonly numEmbeddings: number }, path = '') {
    this.ids = new Uint32Array(rows);
    this.path = `${path}cache.`;
    this.#places = new IdMap(rows);
    this.#numEmbeddings = numEmbeddings;
  }

  get hostTensors(): readonly HostTensor[] {
    const integers = { role: 'model', dtype: 'U32' } as const;
    const { ids, used, path } = this;
    return [
      { ...integers, name: `${path}ids`, shape: [ids.length], data: ids, check: this.checkIds },
      {
        ...integers,
        name: `${path}used`,
        shape: [1],
        data: used,
        check: (values: Uint32Array) => this.#checkUsed(values),
      },
    ];
  }

  /** The place of an id, or -1. */
  placeOf(id: number): number {
    return this.#places.get(id);
  }

  /** After host tensors were overwritten. */
  stateLoaded(): void {
    this.#places.fill(this.ids, this.used[0]!);
  }

  /** Empties the cache, and forgets all else that is in host tensors. */
  clear(): void {
    for (const { data } of this.hostTensors) data.fill(0);
    this.stateLoaded();
  }

  protected readonly checkIds = (values: Uint32Array): string | undefined =>
    values.some((id) => id >= this.#numEmbeddings) ? `must hold ids below ${this.#numEmbeddings}` : undefined;

  #checkUsed([used]: Uint32Array): string | undefined {
    return used! > this.ids.length ? `must be at most the ${this.ids.length} rows of the cache` : undefined;
  }
}
