import { wholeBlock, type Backend, type Block, type Range } from '@ttrec/backend';
import type { Gather } from './gather.ts';
import { type GatherBackward } from './gather.ts';
import { interleaved, multiples } from './regular-positions.ts';
import { Workspace } from './workspace.ts';

/** One part of rows that are combined of several: which table, and which of its rows for each row. */
export interface CombinedPart {
  readonly gather: Gather;
  /** [U]; rows of the table inside. */
  readonly ids: Uint32Array;
  /** Columns of its rows. */
  readonly cols: number;
}

/** Enqueues the combination of the parts, row by row, into `out`. */
export type Combine = (parts: readonly CombinedPart[], out: Block, training: boolean) => GatherBackward;

/** Side by side: the columns of the parts add up to those of `out`. */
export const concatenateRows: Combine = (parts, out, training) => {
  const blocks = (block: Block): Block[] => {
    let column = block.column;
    return parts.map(({ cols }) => {
      const own = { ...block, column, cols };
      column += cols;
      return own;
    });
  };
  const backward = parts.map(({ gather, ids }, t) => gather.rows({ ids }, blocks(out)[t]!, training));
  return (gradRows) => blocks(gradRows).flatMap((own, t) => backward[t]!(own));
};

/** Rows that are added or multiplied: the parts are gathered one below the other first. */
export class StackedRows {
  readonly #backend: Backend;
  readonly #workspace: Workspace;

  constructor(backend: Backend, name: string) {
    this.#backend = backend;
    this.#workspace = new Workspace(backend, `${name}/parts`);
  }

  /** A sum: each part has the gradient of the row. */
  readonly sum: Combine = (parts, out, training) => {
    const rows = out.rows;
    const { block, backward } = this.#gather(parts, out, training);
    const [offsets, lookupRow] = this.#workspace.positions('sums', [
      multiples(rows + 1, parts.length),
      interleaved(rows, parts.length),
    ]) as [Range, Range];
    const index = { bags: rows, offsets, lookupRow };
    this.#backend.bagForward({ rows: block, index, pooling: 'sum', columns: [0], out });
    return (gradRows) => backward.flatMap((part) => part(gradRows));
  };

  /** A product: each part has the gradient of the row times the other parts. */
  readonly product: Combine = (parts, out, training) => {
    const { block, backward } = this.#gather(parts, out, training);
    const part = (t: number): Block => ({ ...block, row: t * out.rows, rows: out.rows });
    const last = parts.length - 1;
    // The product of the parts up to t.
    const products = [part(0)];
    for (let t = 1; t <= last; t++) {
      products.push(t === last ? out : this.#block(`product${t}`, out));
      this.#backend.multiply({ a: products[t - 1]!, b: part(t), out: products[t]! });
    }
    return (gradRows) => {
      let after = gradRows;
      const gradients = backward.map((): ReturnType<GatherBackward> => []);
      for (let t = last; t > 0; t--) {
        const own = this.#block('gradPart', out);
        this.#backend.multiply({ a: after, b: products[t - 1]!, out: own });
        gradients[t] = backward[t]!(own);
        const next = this.#block(`after${t % 2}`, out);
        this.#backend.multiply({ a: after, b: part(t), out: next });
        after = next;
      }
      gradients[0] = backward[0]!(after);
      return gradients.flat();
    };
  };

  dispose(): void {
    this.#workspace.dispose();
  }

  /** Part t becomes the rows t·U … t·U + U - 1 of one block. */
  #gather(
    parts: readonly CombinedPart[],
    out: Block,
    training: boolean,
  ): { block: Block; backward: GatherBackward[] } {
    const count = out.rows * parts.length;
    const block = wholeBlock(this.#workspace.matrix('parts', count, out.cols), count);
    const backward = parts.map(({ gather, ids }, t) =>
      gather.rows({ ids }, { ...block, row: t * out.rows, rows: out.rows }, training),
    );
    return { block, backward };
  }

  #block(name: string, { rows, cols }: Block): Block {
    return wholeBlock(this.#workspace.matrix(name, rows, cols), rows);
  }
}
