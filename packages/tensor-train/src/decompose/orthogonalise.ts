import { checkOptions, checkTT } from '../check.ts';
import { type Matmul, matmul as plainMatmul, type MatmulOption } from '../linear-algebra/matmul.ts';
import { normalise } from '../linear-algebra/powers-of-two.ts';
import { qr, transposed } from '../linear-algebra/qr.ts';
import { balance } from '../tt/balance.ts';
import { flatten, type FlatTT, type InFloat64, type TT } from '../tt/flat-tt.ts';
import { unflatten } from '../tt/unflatten.ts';

/**
 * The same tensor, with all cores but the last left-orthogonal: `[r_k n_k][r_{k+1}]` has orthonormal columns. The last
 * core has the norm of the tensor. Where that exceeds float64, the other cores are multiplied by powers of two. Ranks
 * shrink to r_{k+1} <= r_k n_k. O(d n r^3).
 *
 * Oseledets 2011, algorithm 2, from the other end.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-finite`
 */
export function orthogonaliseLeft<T extends TT>(tt: T, options: MatmulOption = {}): InFloat64<T> {
  checkTT('tt', tt);
  const { matmul } = checkOptions('orthogonaliseLeft', options, ['matmul']);
  const flat = leftOrthogonal(balance(flatten(tt)), matmul);
  return unflatten(flat, tt, flat.cores.length - 1);
}

/**
 * The same tensor, with all cores but the first right-orthogonal: `[r_k][n_k r_{k+1}]` has orthonormal rows. The first
 * core has the norm of the tensor, as the last one has after `orthogonaliseLeft`. Ranks shrink to r_k <= n_k r_{k+1}.
 * O(d n r^3).
 *
 * Oseledets 2011, the first sweep of algorithm 2.
 *
 * @throws `tensor-train/bad-tt`, `tensor-train/not-finite`
 */
export function orthogonaliseRight<T extends TT>(tt: T, options: MatmulOption = {}): InFloat64<T> {
  checkTT('tt', tt);
  const { matmul } = checkOptions('orthogonaliseRight', options, ['matmul']);
  return unflatten(rightOrthogonal(balance(flatten(tt)), matmul), tt);
}

function leftOrthogonal(tt: FlatTT, matmul: Matmul = plainMatmul): FlatTT {
  const ranks = [...tt.ranks];
  const cores = [...tt.cores];
  let { exponent } = tt;
  for (let k = 0; k < cores.length - 1; k++) {
    const [rows, columns] = [ranks[k]! * tt.modes[k]!, ranks[k + 1]!];
    const { q, r } = qr(cores[k]!, rows, columns);
    const rank = Math.min(rows, columns);
    const next = cores[k + 1]!;
    const carried = new Float64Array((rank * next.length) / columns);
    matmul({ a: r, b: next, out: carried, m: rank, n: next.length / columns, k: columns });
    cores[k] = q;
    exponent += normalise(carried);
    cores[k + 1] = carried;
    ranks[k + 1] = rank;
  }
  return { modes: tt.modes, ranks, cores, exponent };
}

/** All cores but the first right-orthogonal; the norm is in the first core, which is near 1, and in the exponent. */
export function rightOrthogonal(tt: FlatTT, matmul: Matmul = plainMatmul): FlatTT {
  const ranks = [...tt.ranks];
  const cores = [...tt.cores];
  let { exponent } = tt;
  for (let k = cores.length - 1; k > 0; k--) {
    const [rows, columns] = [tt.modes[k]! * ranks[k + 1]!, ranks[k]!];
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
    exponent += normalise(carried);
    cores[k - 1] = carried;
    ranks[k] = rank;
  }
  return { modes: tt.modes, ranks, cores, exponent };
}
