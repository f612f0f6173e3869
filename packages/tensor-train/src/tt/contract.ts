import { type Matmul, matmul as plainMatmul } from '../linear-algebra/matmul.ts';
import { normalise, scaleInPlace } from '../linear-algebra/powers-of-two.ts';
import { inRange } from './balance.ts';
import type { FlatTT } from './flat-tt.ts';

/** All entries, row-major: the chain product of the cores. */
export function contract(tt: FlatTT, matmul: Matmul = plainMatmul): Float64Array {
  const { ranks, cores, exponent: taken } = inRange(tt);
  let exponent = taken;
  let chain: Float64Array = Float64Array.of(1);
  cores.forEach((core, k) => {
    const inner = ranks[k]!;
    const [m, n] = [chain.length / inner, core.length / inner];
    const out = new Float64Array(m * n);
    matmul({ a: chain, b: core, out, m, n, k: inner });
    if (cores !== tt.cores) exponent += normalise(out);
    chain = out;
  });
  scaleInPlace(chain, exponent);
  return chain;
}

/** The TT whose cores are slices `[r_k][any number][r_{k+1}]` of others. */
export function ofSlices(slices: readonly Float64Array[], ranks: readonly number[]): FlatTT {
  const modes = slices.map(({ length }, k) => length / (ranks[k]! * ranks[k + 1]!));
  return { modes, ranks, cores: slices, exponent: 0 };
}
