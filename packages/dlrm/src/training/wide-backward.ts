import { wholeBlock, type Backend, type Block } from '@ttrec/backend';
import { rowsOf, type ShardSums } from '../shards/shard-sums.ts';
import type { WideTerm } from '../wide-term.ts';

/** Enqueues the gradient of the dense weights. @returns dL/d of every term, for `embeddings` from `firstColumn` on */
export function wideBackward(
  { backend, sums }: { readonly backend: Backend; readonly sums: ShardSums },
  wide: WideTerm,
  dense: Block | undefined,
  gradLogits: Block,
): { gradOut: Block; firstColumn: number } {
  const gradOut = wide.activations.get('gradWide', gradLogits.rows, wide.terms);
  backend.matmul({ a: gradLogits, b: wholeBlock(wide.ones), transposeB: true, out: gradOut });
  if (wide.dense && dense)
    sums.add(wide.dense, dense.rows, (rows, out) =>
      backend.matmul({ a: rowsOf(gradLogits, rows), transposeA: true, b: rowsOf(dense, rows), out }),
    );
  return { gradOut, firstColumn: wide.firstColumn };
}
