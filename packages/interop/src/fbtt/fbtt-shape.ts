import { product } from '@ttrec/core';
import type { TTShape } from '@ttrec/tensor-train';
import { error } from '../error.ts';

/** The shapes of the cores, which a checkpoint of FBTT does not contain. One of the three is enough. */
export interface FbttShapes {
  /** D: enough if all inner ranks are equal. */
  readonly embeddingDim?: number | undefined;
  /** q_k, [d]: `tt_q_shapes`. */
  readonly colShape?: readonly number[] | undefined;
  /** r_k: one for all inner ranks, the inner ranks [d - 1] (`tt_ranks`), or all [d + 1]. */
  readonly ranks?: number | readonly number[] | undefined;
}

/**
 * Returns the shape of cores with row factors `rowShape` p_k, [d], and slices of `sliceLengths` r_k q_k r_{k+1}, [d].
 * @throws `interop/unknown-shape` if `known` is not enough, `interop/wrong-shape` if it contradicts the lengths
 */
export function fbttShape(
  subject: string,
  {
    rowShape,
    sliceLengths,
  }: { readonly rowShape: readonly number[]; readonly sliceLengths: readonly number[] },
  known: FbttShapes,
): TTShape {
  const { embeddingDim, colShape, ranks } = known;
  const refuse = (rule: string, got: unknown) => error('wrong-shape', { subject, rule, got });
  const shape = { rowShape, ...columnsAndRanks(subject, sliceLengths, known) };
  const fits = sliceLengths.every(
    (length, k) => shape.ranks[k]! * shape.colShape[k]! * shape.ranks[k + 1]! === length,
  );
  const whole = [...shape.colShape, ...shape.ranks].every((value) => Number.isInteger(value) && value > 0);
  if (!fits || !whole || shape.ranks.at(-1) !== 1 || shape.colShape.length !== sliceLengths.length) {
    const rule = `r_k q_k r_{k+1} must come to [${sliceLengths.join(', ')}] with whole numbers`;
    throw refuse(rule, { embeddingDim, colShape, ranks });
  }
  const columns = product(shape.colShape);
  if (embeddingDim !== undefined && columns !== embeddingDim) {
    throw refuse(`column factors must multiply to ${embeddingDim}`, shape.colShape);
  }
  return shape;
}

function columnsAndRanks(
  subject: string,
  lengths: readonly number[],
  { embeddingDim, colShape, ranks }: FbttShapes,
): Pick<TTShape, 'colShape' | 'ranks'> {
  if (colShape !== undefined) return { colShape, ranks: ranksOf(lengths, colShape) };
  const inner = ranks ?? (embeddingDim === undefined ? undefined : equalRank(lengths, embeddingDim));
  if (inner === undefined) {
    throw error('unknown-shape', {
      subject,
      rule: 'needs embeddingDim, colShape or ranks: cores of FBTT do not carry their shapes',
      hint: "colShape is FBTT's tt_q_shapes, ranks its tt_ranks.",
    });
  }
  const all = allRanks(inner, lengths.length);
  return { ranks: all, colShape: lengths.map((length, k) => length / (all[k]! * all[k + 1]!)) };
}

/** From left to right: r_{k+1} = length_k / (r_k q_k). */
function ranksOf(lengths: readonly number[], colShape: readonly number[]): number[] {
  const ranks = [1];
  lengths.forEach((length, k) => ranks.push(length / (ranks[k]! * colShape[k]!)));
  return ranks;
}

/** The lengths multiply to D R^{2 (d - 1)} when all inner ranks are R. */
function equalRank(lengths: readonly number[], embeddingDim: number): number {
  const inner = lengths.length - 1;
  if (inner === 0) return 1;
  const log = lengths.reduce((sum, length) => sum + Math.log(length), -Math.log(embeddingDim));
  return Math.round(Math.exp(log / (2 * inner)));
}

function allRanks(ranks: number | readonly number[], cores: number): readonly number[] {
  if (typeof ranks === 'number') return [1, ...new Array<number>(cores - 1).fill(ranks), 1];
  return ranks.length === cores + 1 ? ranks : [1, ...ranks, 1];
}
