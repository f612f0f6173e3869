import { matmul as plainMatmul, type Matmul } from '../linear-algebra/matmul.ts';
import { qr, transposed } from '../linear-algebra/qr.ts';
import { trainLike, trainOf, type InFloat64, type TensorTrain, type Train } from '../trains/train.ts';

/**
 * The same tensor with left-orthogonal cores but for the last: `[r_k n_k][r_{k+1}]` has orthonormal columns. The norm
 * of the last core is then that of the tensor. Ranks shrink to r_{k+1} <= r_k n_k. O(d n r^3).
 *
 * Oseledets 2011, algorithm 2 (from the other end).
 */
export function orthogonaliseLeft<T extends TensorTrain>(
  tt: T,
  { matmul = plainMatmul }: { matmul?: Matmul } = {},
): InFloat64<T> {
  return trainLike(leftOrthogonal(trainOf(tt), matmul), tt);
}

/**
 * The same tensor with right-orthogonal cores but for the first: `[r_k][n_k r_{k+1}]` has orthonormal rows. The norm of
 * the first core is then that of the tensor. Ranks shrink to r_k <= n_k r_{k+1}. O(d n r^3).
 *
 * Oseledets 2011, algorithm 2, its first sweep.
 */
export function orthogonaliseRight<T extends TensorTrain>(
  tt: T,
  { matmul = plainMatmul }: { matmul?: Matmul } = {},
): InFloat64<T> {
  return trainLike(rightOrthogonal(trainOf(tt), matmul), tt);
}

function leftOrthogonal(train: Train, matmul: Matmul): Train {
  const ranks = [...train.ranks];
  const cores = [...train.cores];
  for (let k = 0; k < cores.length - 1; k++) {
    const [rows, columns] = [ranks[k]! * train.modes[k]!, ranks[k + 1]!];
    const { q, r } = qr(cores[k]!, rows, columns);
    const rank = Math.min(rows, columns);
    const next = cores[k + 1]!;
    const carried = new Float64Array((rank * next.length) / columns);
    matmul({ a: r, b: next, out: carried, m: rank, n: next.length / columns, k: columns });
    cores[k] = q;
    cores[k + 1] = carried;
    ranks[k + 1] = rank;
  }
  return { modes: train.modes, ranks, cores };
}

export function rightOrthogonal(train: Train, matmul: Matmul): Train {
  const ranks = [...train.ranks];
  const cores = [...train.cores];
  for (let k = cores.length - 1; k > 0; k--) {
    const [rows, columns] = [train.modes[k]! * ranks[k + 1]!, ranks[k]!];
    const { q, r } = qr(transposed(cores[k]!, columns, rows), rows, columns);
    const rank = Math.min(rows, columns);
    const previous = cores[k - 1]!;
    const carried = new Float64Array((previous.length / columns) * rank);
    matmul({
      a: previous,
      b: r,
      out: carried,
      m: previous.length / columns,
      n: rank,
      k: columns,
      transposeB: true,
    });
    cores[k] = transposed(q, rows, rank);
    cores[k - 1] = carried;
    ranks[k] = rank;
  }
  return { modes: train.modes, ranks, cores };
}
