import { wholeBlock } from '@ttrec/backend';
import type { Dlrm } from '@ttrec/dlrm';
import { heldBelow } from '@ttrec/embeddings/model';

/** Rows of a parameter that are compared: with rows by frequency, the first ones are looked up most. */
const MAX_ROWS = 1 << 16;
/** Steps after which a table that trains has changed. */
const MIN_STEPS = 20;

/**
 * Notices tables that do not train: nothing of their parameters changes from one check to the next. Such a table has gradients of zero, as a product of factors
 * that are all zero has, or rates that vanish in its numbers. A check reads up to 2^16 rows of each parameter, of a
 * table that workers divide those of this worker.
 */
export class DeadTables {
  readonly #model: Dlrm;
  readonly #known = new Map<string, number>();
  #step: number | undefined;

  constructor(model: Dlrm) {
    this.#model = model;
  }

  /** The tables that did not change since the last check: none at the first, or if it was less than 20 steps ago. */
  async check(step: number): Promise<string[]> {
    if (this.#step !== undefined && step - this.#step < MIN_STEPS) return [];
    const isFirst = this.#step === undefined;
    this.#step = step;
    const prints = new Map<string, number>();
    for (const { name, weights } of this.#model.parameters) {
      const table = this.#tableOf(name);
      if (table === undefined) continue;
      const values = await this.#model.backend.read(wholeBlock(weights, Math.min(weights.rows, MAX_ROWS)));
      prints.set(table, fingerprint(values, prints.get(table) ?? 0));
    }
    for (const { tensors, table } of this.#model.sharding?.members ?? []) {
      const name = this.#tableOf(tensors[0]!)!;
      const held = heldBelow(table.numEmbeddings, table.shard);
      const values = await table.tensors[0]!.read(0, Math.min(held, MAX_ROWS));
      prints.set(name, fingerprint(values, 0));
    }
    const dead = isFirst ? [] : [...prints].filter(([table, print]) => this.#known.get(table) === print);
    for (const [table, print] of prints) this.#known.set(table, print);
    return dead.map(([table]) => table);
  }

  /** The table, `wide NAME` for one of the wide term, that a parameter is of. */
  #tableOf(parameter: string): string | undefined {
    for (const [prefix, label] of [
      ['table.', ''],
      ['wide.', 'wide '],
    ] as const) {
      const table = this.#model.config.tables.find(({ name }) => parameter.startsWith(`${prefix}${name}.`));
      if (table) return `${label}${table.name}`;
    }
    return undefined;
  }
}

/** 32 bits of hash: numbers that changed have another, but for one in 4 billion. */
function fingerprint(values: Float32Array, seed: number): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let hash = seed | 0;
  for (const word of words) hash = (Math.imul(hash ^ word, 0x9e3779b1) + 0x85ebca6b) | 0;
  return hash;
}
