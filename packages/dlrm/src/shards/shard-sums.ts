import { wholeBlock, type Backend, type Block } from '@ttrec/backend';
import type { RowSpan } from '@ttrec/embeddings/model';
import type { Activations } from '../layers/activations.ts';
import type { DenseParameter } from '../layers/dense-parameter.ts';
import { middleOf } from './shard-tree.ts';

/** Enqueues a sum over some rows of a batch. */
export type SumOfRows = (rows: RowSpan, out: Block) => void;

/**
 * How the gradients of dense parameters are summed over the rows of a batch: at once, or shard by shard along a binary tree, for each subtree
 * of the shards that a worker has.
 */
export class ShardSums {
  readonly #backend: Backend;
  readonly #activations: Activations;
  /** The rows of each shard, a list a subtree; undefined for a batch that is not cut. */
  #subtrees: readonly (readonly RowSpan[])[] | undefined;

  constructor(backend: Backend, activations: Activations) {
    this.#backend = backend;
    this.#activations = activations;
  }

  /** For the next backward. */
  cut(subtrees: readonly (readonly RowSpan[])[] | undefined): void {
    this.#subtrees = subtrees;
  }

  /** Enqueues the gradient of a parameter. @param sum over `rows` of the batch */
  add(parameter: DenseParameter, rows: number, sum: SumOfRows): void {
    if (!this.#subtrees) sum({ start: 0, end: rows }, wholeBlock(parameter.gradient));
    else
      this.#subtrees.forEach((shards, subtree) =>
        this.#sumTree(shards, { sum, out: this.of(parameter, subtree), depth: 0 }),
      );
  }

  /** The gradient of the shards of a subtree. */
  of({ name, gradient }: DenseParameter, subtree: number): Block {
    if (subtree === 0) return wholeBlock(gradient);
    return this.#activations.get(`${name}/subtree${subtree}`, gradient.rows, gradient.cols);
  }

  #sumTree(
    shards: readonly RowSpan[],
    { sum, out, depth }: { readonly sum: SumOfRows; readonly out: Block; readonly depth: number },
  ): void {
    if (shards.length === 1) {
      sum(shards[0]!, out);
      return;
    }
    const middle = middleOf({ start: 0, end: shards.length });
    const { rows, cols } = out;
    const half = this.#activations.get(`half${depth}/${rows}x${cols}`, rows, cols);
    this.#sumTree(shards.slice(0, middle), { sum, out, depth: depth + 1 });
    this.#sumTree(shards.slice(middle), { sum, out: half, depth: depth + 1 });
    this.#backend.add({ a: out, b: half, out });
  }
}

/** Some rows of a block. */
export function rowsOf(block: Block, { start, end }: RowSpan): Block {
  return { ...block, row: block.row + start, rows: end - start };
}
