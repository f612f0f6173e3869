import { singles } from '../backend/sample-bags.ts';
import { stateReader, type EmbeddingBag } from '@ttrec/embeddings';
import { RandomStream } from '@ttrec/core';
import { createFloat64Backend, type Float64Backend } from './float64-backend.ts';
import { buildBag, type HostValues, type ParameterValues, type TableUnderTest } from './table-under-test.ts';

/** Exact in binary, and small enough for kinds whose rows are no straight line in each of their numbers. */
const STEP = 2 ** -12;

/** The same table in float64: what it would compute if nothing were rounded, as a function of its parameters. */
export class Oracle {
  /** In the order of the table's parameters; changing `data` changes the table. */
  readonly values: readonly ParameterValues[];
  /** What the table keeps on the host. */
  readonly hostTensors: HostValues[] = [];
  readonly #bag: EmbeddingBag;
  readonly #backend: Float64Backend;
  readonly #dim: number;

  private constructor(table: TableUnderTest) {
    this.#backend = createFloat64Backend();
    this.#bag = buildBag(table, this.#backend);
    this.#dim = table.embeddingDim;
    this.values = this.#bag.parameters.map(({ name, shape, weights }) => ({
      name,
      shape,
      data: this.#backend.values(weights),
    }));
  }

  /** Takes over the numbers that a table has now. */
  static async of(table: TableUnderTest, bag: EmbeddingBag): Promise<Oracle> {
    const oracle = new Oracle(table);
    // It has no optimizer state.
    await oracle.#bag.loadState(stateReader(bag.state()), { allowUnknown: true });
    const parameters = new Set(bag.parameters.map(({ name }) => name));
    for (const { name, shape, data } of oracle.#bag.state())
      if (!parameters.has(name)) oracle.hostTensors.push({ name, shape, data: await data() });
    return oracle;
  }

  /** Takes over what a table keeps on the host, which steps of the oracle do not change. */
  async follow(bag: EmbeddingBag): Promise<void> {
    const own = new Set(this.values.map(({ name }) => name));
    const select = ({ name }: { readonly name: string }) => !own.has(name);
    await this.#bag.loadState(stateReader(bag.state()), { select, allowUnknown: true });
  }

  /** The dense reconstruction of some rows, [L, D]. */
  rows(ids: Uint32Array): Float64Array {
    // What was written into `values` is news to a table that derives something from its parameters.
    for (const { weights } of this.#bag.parameters) this.#backend.write(weights, new Float32Array(0));
    const { buffer } = this.#bag.forward(singles(ids), { training: false });
    return this.#backend.values(buffer).slice(0, ids.length * this.#dim);
  }

  /**
   * Gradients of several losses by central differences, each from its dL/d(row of each lookup) [L, D]; one list of
   * parameters a loss. Only rows of parameters in `touched` are differentiated one by one; all others are changed at
   * once, and must not move any row of `ids`.
   *
   * @returns undefined when an untouched one did
   */
  gradients(
    ids: Uint32Array,
    losses: readonly Float64Array[],
    touched: readonly ReadonlySet<number>[],
  ): Float64Array[][] | undefined {
    if (!this.#isUnmovedByOthers(ids, touched)) return undefined;
    const gradients = losses.map(() => this.values.map(({ data }) => new Float64Array(data.length)));
    this.values.forEach(({ shape, data }, k) => {
      const cols = data.length / shape[0]!;
      for (const row of touched[k]!) {
        for (let at = row * cols; at < (row + 1) * cols; at++) {
          const slope = this.#slope(ids, data, at);
          losses.forEach((loss, l) => {
            gradients[l]![k]![at] = slope.reduce((sum, value, i) => sum + value * loss[i]!, 0);
          });
        }
      }
    });
    return gradients;
  }

  dispose(): void {
    this.#bag.dispose();
  }

  /** d(rows)/d(data[at]), [L, D]. */
  #slope(ids: Uint32Array, data: Float64Array, at: number): Float64Array {
    const value = data[at]!;
    data[at] = value + STEP;
    const above = this.rows(ids);
    data[at] = value - STEP;
    const below = this.rows(ids);
    data[at] = value;
    return above.map((high, i) => (high - below[i]!) / (2 * STEP));
  }

  #isUnmovedByOthers(ids: Uint32Array, touched: readonly ReadonlySet<number>[]): boolean {
    const kept = this.values.map(({ data }) => data.slice());
    const before = this.rows(ids);
    const stream = new RandomStream(1, 'untouched');
    this.values.forEach(({ shape, data }, k) => {
      const cols = data.length / shape[0]!;
      data.forEach((value, at) => {
        if (!touched[k]!.has(Math.floor(at / cols))) data[at] = value + stream.nextNormal();
      });
    });
    const after = this.rows(ids);
    this.values.forEach(({ data }, k) => data.set(kept[k]!));
    return after.every((value, i) => value === before[i]);
  }
}
