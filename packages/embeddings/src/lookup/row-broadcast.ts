import { wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import { Workspace } from './workspace.ts';

/** Rows [n, D] that every row of a matrix takes over: row i becomes the D columns from `columns[i]` of each. */
export class RowBroadcast {
  readonly #backend: Backend;
  readonly #workspace: Workspace;
  /** The positions last uploaded, which stay as they are from call to call. */
  #index:
    | { readonly n: number; readonly rows: number; readonly offsets: Range; readonly lookupRow: Range }
    | undefined;

  constructor(backend: Backend, label: string) {
    this.#backend = backend;
    this.#workspace = new Workspace(backend, `${label}/broadcast`);
  }

  /** Room for n rows. It holds whatever was left there. */
  source(n: number, cols: number): Block {
    return wholeBlock(this.#workspace.matrix('rows', n, cols), n);
  }

  /** Enqueues the copies of `source` into `out`. The sum of a single row is that row, bit for bit. */
  into(out: Block, columns: readonly number[], source: Block): void {
    const { offsets, lookupRow } = this.#positions(columns.length, out.rows);
    const index = { bags: columns.length * out.rows, offsets, lookupRow };
    this.#backend.bagForward({ rows: source, index, pooling: 'sum', columns, out });
  }

  dispose(): void {
    this.#workspace.dispose();
  }

  #positions(n: number, rows: number): { readonly offsets: Range; readonly lookupRow: Range } {
    if (this.#index?.n === n && this.#index.rows === rows) return this.#index;
    const offsets = Uint32Array.from({ length: n * rows + 1 }, (_, i) => i);
    const lookupRow = Uint32Array.from({ length: n * rows }, (_, i) => Math.floor(i / rows));
    const ranges = this.#workspace.positions('positions', [offsets, lookupRow]) as [Range, Range];
    this.#index = { n, rows, offsets: ranges[0], lookupRow: ranges[1] };
    return this.#index;
  }
}
