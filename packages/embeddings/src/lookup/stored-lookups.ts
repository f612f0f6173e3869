import type { Backend, Block, Pooling, Range } from '@ttrec/backend';
import type { StoredRows } from '../table/embedding-table.ts';
import type { Bags } from './bags.ts';
import { Workspace } from './workspace.ts';

/** Bags over rows that are stored, and where their pooled rows go. */
export interface StoredLookup extends StoredRows {
  readonly bags: Bags;
  readonly pooling: Pooling;
  /** [B, …] */
  readonly out: Block;
  /** Where the D columns of each feature start. */
  readonly columns: readonly number[];
}

/** Pools for inference what tables have stored, with all positions in one upload. */
export class StoredLookups {
  readonly #backend: Backend;
  readonly #workspace: Workspace;

  constructor(backend: Backend, label: string) {
    this.#backend = backend;
    this.#workspace = new Workspace(backend, `${label}/stored rows`);
  }

  run(lookups: readonly StoredLookup[]): void {
    if (lookups.length === 0) return;
    // Tables that have one id an example have the same offsets, and often the same array of them.
    const offsets = [...new Set(lookups.map(({ bags }) => bags.offsets))];
    const arrays = [...lookups.map(({ positions }) => positions), ...offsets];
    const ranges = this.#workspace.positions('positions', arrays);
    for (const [at, { rows, bags, pooling, out, columns }] of lookups.entries()) {
      const index = {
        bags: bags.offsets.length - 1,
        offsets: ranges[lookups.length + offsets.indexOf(bags.offsets)]!,
        lookupRow: ranges[at]!,
      };
      this.#backend.bagForward({ rows, index, pooling, columns, out, ...this.#weights(bags, at) });
    }
  }

  #weights({ perSampleWeights }: Bags, at: number): { readonly weights?: Range } {
    return perSampleWeights === undefined
      ? {}
      : { weights: this.#workspace.values(`weights ${at}`, perSampleWeights) };
  }

  dispose(): void {
    this.#workspace.dispose();
  }
}
