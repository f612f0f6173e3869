import type { TableSize } from '@ttrec/embeddings';
import { parameterCount, type TTShape } from '@ttrec/tensor-train';
import { closestRanks } from '@ttrec/tensor-train/shapes';
import { ttFactors } from '../kinds/tt.ts';
import { growing } from '../options/option-generator.ts';
import { within, type SizedForm } from './sized-form.ts';

/** The share of the bytes that the frequent rows take. */
const HOT_SHARE = 0.5;
/** Ratio of neighbouring numbers of hot rows between which the cold table keeps its ranks. */
const STEP = 1.2;

const dense = { kind: 'dense' } as const;

/** A row for each of the most frequent ids, one row for all others: a limit of the vocabulary. */
export const vocabularyForm: SizedForm = {
  name: 'vocabulary',
  for: (size) => (bytes) => {
    const hot = Math.min(rowsOf(size, bytes) - 1, size.numEmbeddings - 1);
    if (hot < 1) return undefined;
    return { kind: 'hot-cold', hot, cold: { kind: 'hash', buckets: 1, into: dense } };
  },
};

/** Rows for the most frequent ids, buckets for the others. */
export const hotHashForm: SizedForm = {
  name: 'hot-hash',
  for: (size) => (bytes) => {
    const rows = Math.min(rowsOf(size, bytes), size.numEmbeddings);
    const hot = Math.floor(HOT_SHARE * rows);
    if (hot < 1) return undefined;
    return { kind: 'hot-cold', hot, cold: { kind: 'hash', buckets: rows - hot, into: dense } };
  },
};

/** Rows for the most frequent ids, a TT for the others. */
export const hotTTForm: SizedForm = {
  name: 'hot-tt',
  for: (size) => {
    const bases = hotBases(size);
    return (bytes) => {
      let best: { readonly base: HotBase; readonly hot: number; readonly bytes: number } | undefined;
      for (const base of bases) {
        const hot = Math.min(base.most, base.hot + rowsOf(size, bytes - base.bytes));
        const used = base.bytes + rowBytes(size) * (hot - base.hot);
        if (hot >= base.hot && used >= (best?.bytes ?? 0)) best = { base, hot, bytes: used };
      }
      if (best === undefined) return undefined;
      const { hot, base } = best;
      const { ranks, rowShape } = base.cold;
      return within({ kind: 'hot-cold', hot, cold: { kind: 'tt', ranks, rowShape } }, size, bytes);
    };
  },
};

/** A TT for the ids from `hot` on, which stays as it is while up to `most` of its rows become hot. */
interface HotBase {
  readonly hot: number;
  readonly most: number;
  readonly cold: TTShape;
  readonly bytes: number;
}

function hotBases(size: TableSize): HotBase[] {
  const most = size.numEmbeddings - 1;
  const hots = [...growing(most, STEP)];
  return hots.map((hot, k) => {
    const factors = ttFactors(size.numEmbeddings - hot, size.embeddingDim);
    const left = (rowBytes(size) * hot * (1 - HOT_SHARE)) / HOT_SHARE;
    const fitting = closestRanks(factors, (ranks) => 4 * parameterCount({ ...factors, ranks }) <= left);
    const cold = fitting ? { ...factors, ranks: fitting } : factors;
    const bytes = rowBytes(size) * hot + 4 * parameterCount(cold);
    return { hot, most: hots[k + 2] ?? most, cold, bytes };
  });
}

function rowBytes({ embeddingDim }: TableSize): number {
  return 4 * embeddingDim;
}

function rowsOf(size: TableSize, bytes: number): number {
  return Math.floor(bytes / rowBytes(size));
}
