import type { TableConfig, TableSize } from '@ttrec/embeddings';
import { parameterCount, type TTShape } from '@ttrec/tensor-train';
import { balancedRowShape, closestRanks, type Factors } from '@ttrec/tensor-train/shapes';
import { ttFactors } from '../kinds/tt.ts';
import type { FitTable, SizedForm } from './sized-form.ts';

/**
 * A TT of three cores. Where one more rank is a large step, the order of the column factors and the row factors that pad least
 * give sizes in between.
 */
export const ttForm: SizedForm = { name: 'tt', for: fitTT };

/** The same for ids in another order: that of frequency is the best for some data only. */
export const permutedTTForms: readonly SizedForm[] = (['all', 'similar'] as const).map((among) => ({
  name: among === 'all' ? 'tt-permuted' : 'tt-similar',
  for: (size) => {
    const inner = fitTT(size);
    return (bytes) => {
      const into = inner(bytes);
      return into && { kind: 'permuted', ...(among === 'all' ? {} : { among }), into };
    };
  },
}));

/** The hashing trick in front of a TT: half as many buckets as ids. */
export const hashTTForm: SizedForm = {
  name: 'hash-tt',
  for: (size) => {
    const buckets = Math.ceil(size.numEmbeddings / 2);
    const inner = fitTT({ ...size, numEmbeddings: buckets });
    return (bytes) => {
      const into = inner(bytes);
      return into && { kind: 'hash', buckets, into };
    };
  },
};

function fitTT(size: TableSize): FitTable {
  const { rowShape, colShape } = ttFactors(size.numEmbeddings, size.embeddingDim);
  const balanced = balancedRowShape(size.numEmbeddings, rowShape.length);
  const shapes = orders(colShape).flatMap((columns) => [
    { rowShape, colShape: columns },
    { rowShape: balanced, colShape: columns },
  ]);
  return (bytes) => {
    const fitted = shapes.flatMap((factors) => withRanks(factors, bytes) ?? []);
    if (fitted.length === 0) return undefined;
    return configOf(
      fitted.reduce((best, each) => (parameterCount(each) > parameterCount(best) ? each : best)),
    );
  };
}

function withRanks(factors: Factors, bytes: number): TTShape | undefined {
  const ranks = closestRanks(factors, (each) => 4 * parameterCount({ ...factors, ranks: each }) <= bytes);
  return ranks && { ...factors, ranks };
}

function configOf({ ranks, rowShape, colShape }: TTShape): TableConfig {
  return { kind: 'tt', ranks: ranks.slice(1, -1), rowShape, colShape };
}

/** The different orders of some factors. */
function orders(factors: readonly number[]): number[][] {
  if (factors.length === 0) return [[]];
  return [...new Set(factors)].flatMap((first) => {
    const rest = [...factors];
    rest.splice(rest.indexOf(first), 1);
    return orders(rest).map((others) => [first, ...others]);
  });
}
