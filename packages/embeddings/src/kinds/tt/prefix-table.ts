import { product } from '@ttrec/core';
import { wholeBlock, type Backend, type DeviceBuffer } from '@ttrec/backend';
import type { TTShape } from '@ttrec/tensor-train';
import { error } from '../../error.ts';
import { Workspace } from '../../lookup/workspace.ts';
import { TTForward, type TTForwardRows } from './tt-forward.ts';

/** Prefixes computed at a time: what computing them needs stays a few MiB. */
const CHUNK = 2 ** 12;

/**
 * Every prefix of a TT multiplied out: all digits but the last lead to one row, and the TT that is left has two cores,
 * this table and the last core. A row then costs its last product alone, for 4·P·Q·r bytes, with P the product of the row
 * factors before the last, Q that of the column factors, r the last rank.
 *
 * Made from the cores when it is first read, and anew once they have changed.
 */
export class PrefixTable {
  readonly #backend: Backend;
  readonly #name: string;
  readonly #shape: TTShape;
  readonly #workspace: Workspace;
  readonly #short: TTForward;
  #table: DeviceBuffer | undefined;
  /** Of the cores that the table was made from. */
  #versions = '';

  constructor(backend: Backend, shape: TTShape, name: string) {
    this.#backend = backend;
    this.#name = `${name}/prefixes`;
    this.#shape = shape;
    this.#workspace = new Workspace(backend, this.#name);
    this.#short = new TTForward(backend, shortened(shape), this.#workspace);
  }

  /** 4·P·Q·r. @throws `embeddings/bad-prefix-table` for a TT of less than three cores */
  static bytes({ rowShape, colShape, ranks }: TTShape): number {
    if (rowShape.length < 3) {
      throw error('bad-prefix-table', {
        subject: 'table kind "tt", prefixTable',
        rule: 'must be left out below three cores, where the first core is that table already',
        got: `${rowShape.length} cores`,
      });
    }
    return 4 * product(rowShape.slice(0, -1)) * product(colShape.slice(0, -1)) * ranks.at(-2)!;
  }

  /** The rows of `ids` [L] of the TT that has these cores. */
  run(ids: Uint32Array, cores: readonly DeviceBuffer[]): TTForwardRows {
    const versions = cores.map(({ version }) => version).join();
    if (versions !== this.#versions) this.drop();
    this.#versions = versions;
    const table = (this.#table ??= this.#materialise(cores));
    return this.#short.run(ids, () => ({ cores: [table, cores.at(-1)!] }));
  }

  /** Frees the table until rows are read again. */
  drop(): void {
    this.#table?.dispose();
    this.#table = undefined;
  }

  dispose(): void {
    this.drop();
    this.#workspace.dispose();
  }

  #materialise(cores: readonly DeviceBuffer[]): DeviceBuffer {
    const head = leading(this.#shape);
    const rows = product(head.rowShape);
    const cols = product(head.colShape) * head.ranks.at(-1)!;
    const table = this.#backend.createBuffer({ dtype: 'float32', rows, cols, label: this.#name });
    const workspace = new Workspace(this.#backend, `${this.#name}/making`);
    const tt = new TTForward(this.#backend, head, workspace);
    for (let start = 0; start < rows; start += CHUNK) {
      const ids = Uint32Array.from({ length: Math.min(CHUNK, rows - start) }, (_, i) => start + i);
      const { args } = tt.run(ids, () => ({ cores: cores.slice(0, -1) }));
      const from = wholeBlock(args.values.at(-1)!, ids.length);
      this.#backend.copy({ from, to: { buffer: table, row: start, column: 0, rows: ids.length, cols } });
    }
    workspace.dispose();
    return table;
  }
}

/** The TT without its last core. */
function leading({ rowShape, colShape, ranks }: TTShape): TTShape {
  return { rowShape: rowShape.slice(0, -1), colShape: colShape.slice(0, -1), ranks: ranks.slice(0, -1) };
}

/** The TT with all cores but the last multiplied into one. */
function shortened({ rowShape, colShape, ranks }: TTShape): TTShape {
  return {
    rowShape: [product(rowShape.slice(0, -1)), rowShape.at(-1)!],
    colShape: [product(colShape.slice(0, -1)), colShape.at(-1)!],
    ranks: [1, ranks.at(-2)!, 1],
  };
}
