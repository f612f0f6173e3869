import { type Matmul, matmul as plainMatmul } from '../linear-algebra/matmul.ts';
import { normalise, scaleInPlace, type Scaled } from '../linear-algebra/powers-of-two.ts';
import { inRange } from './balance.ts';
import type { FlatTT } from './flat-tt.ts';

/** All entries, row-major: the chain product of the cores. */
export function contract(tt: FlatTT, matmul: Matmul = plainMatmul): Float64Array {
  const safe = inRange(tt);
  const { values, exponent } = chainOf(safe, { matmul, isBalanced: safe !== tt });
  scaleInPlace(values, exponent);
  return values;
}

interface ChainOptions {
  readonly matmul: Matmul;
  /** Whether products need a scale on their way. */
  readonly isBalanced: boolean;
}

/** The chain product of cores that are in range, divided by a power of two. */
export function chainOf(tt: FlatTT, { matmul, isBalanced }: ChainOptions): Scaled {
  const { ranks, cores } = tt;
  let { exponent } = tt;
  let chain: Float64Array = Float64Array.of(1);
  cores.forEach((core, k) => {
    const inner = ranks[k]!;
    const [m, n] = [chain.length / inner, core.length / inner];
    const out = new Float64Array(m * n);
    matmul({ a: chain, b: core, out, m, n, k: inner });
    if (isBalanced) exponent += normalise(out);
    chain = out;
  });
  return { values: chain, exponent };
}

/** The TT whose cores are slices `[r_k][any number][r_{k+1}]` of others. */
export function ofSlices(slices: readonly Float64Array[], ranks: readonly number[]): FlatTT {
  const modes = slices.map(({ length }, k) => length / (ranks[k]! * ranks[k + 1]!));
  return { modes, ranks, cores: slices, exponent: 0 };
}
