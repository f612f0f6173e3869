import type { Backend, Block, Range } from '@ttrec/backend';
import type { BagIndex } from '@ttrec/backend/kernels';
import type { EmbeddingTable, SparseGradient } from '../table/embedding-table.ts';
import { multiples, repeats } from './regular-positions.ts';
import { Workspace } from './workspace.ts';

/** Which rows of a table inside make the rows of the table around it. */
export interface Sources {
  /** [n·k]: row i is the sum of the rows `ids[i·k] … ids[i·k + k - 1]`. */
  readonly ids: Uint32Array;
  /** k, 1 by default. */
  readonly perRow?: number;
  /** [n·k]: factors of these rows. */
  readonly weights?: Float32Array;
  /**
   * Where rows narrower than those gathered into begin, 0 by default: with c columns there are c times as many `ids`, first those of
   * the first.
   */
  readonly columns?: readonly number[];
}

/** Enqueues the gradients of a table inside, from those of the rows [n, D] that were gathered. */
export type GatherBackward = (gradRows: Block) => SparseGradient[];

/** Rows of a table inside another, as consecutive rows of a block; ids may repeat, gradients are then summed. */
export class Gather {
  readonly #backend: Backend;
  readonly #table: EmbeddingTable;
  readonly #workspace: Workspace;

  constructor(backend: Backend, table: EmbeddingTable, label: string) {
    this.#backend = backend;
    this.#table = table;
    this.#workspace = new Workspace(backend, `${label}/gather`);
  }

  /** Fills `out` [n, D]. What it returns is for after a lookup in training, and valid until the next. */
  rows({ ids, perRow = 1, weights, columns = [0] }: Sources, out: Block, training: boolean): GatherBackward {
    const lookup = this.#table.lookup(ids, training);
    const bags = out.rows * columns.length;
    const bagOf = training ? [repeats(bags, perRow)] : [];
    const ranges = this.#workspace.positions('positions', [multiples(bags + 1, perRow), ...bagOf]);
    const [offsets, lookupBag] = ranges as [Range, Range];
    const index: BagIndex = { bags, offsets, lookupRow: lookup.lookupRow };
    const shared = {
      index,
      pooling: 'sum',
      columns,
      ...(weights && { weights: this.#workspace.values('weights', weights) }),
    } as const;
    this.#backend.bagForward({ ...shared, rows: lookup.rows, out });
    return (gradOut) =>
      lookup.gradients((byRow, gradRows) => {
        this.#backend.bagBackward({ ...shared, gradOut, byRow: { ...byRow, lookupBag }, gradRows });
      });
  }

  /** The table is its owner's. */
  dispose(): void {
    this.#workspace.dispose();
  }
}
