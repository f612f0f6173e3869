import type { TableConfig, TableSize } from '@ttrec/embeddings';
import { parameterCount } from '@ttrec/tensor-train';
import { closestRanks } from '@ttrec/tensor-train/shapes';
import { ttFactors } from '../kinds/tt.ts';
import { growing } from '../options/option-generator.ts';
import { within, type SizedForm } from './sized-form.ts';

/** Ratio of neighbouring numbers of cached rows between which the table of all ids stays as it is. */
const STEP = 1.2;
/** Steps from one refresh to the next: short trainings see several. */
const REFRESH = 100;
/** A cached row is stored with its id; their number takes as much. */
const ID_BYTES = 4;

/** A table of all ids that the bytes beside a cache leave room for, and its bytes. */
type Beside = (bytes: number, size: TableSize) => { readonly config: TableConfig; readonly bytes: number };

const ttBeside: Beside = (bytes, { numEmbeddings, embeddingDim }) => {
  const factors = ttFactors(numEmbeddings, embeddingDim);
  const count = (ranks: readonly number[]) => 4 * parameterCount({ ...factors, ranks });
  const ranks = closestRanks(factors, (each) => count(each) <= bytes) ?? factors.ranks;
  return { config: { kind: 'tt', ranks: ranks.slice(1, -1) }, bytes: count(ranks) };
};

const hashBeside: Beside = (bytes, { numEmbeddings, embeddingDim }) => {
  const buckets = Math.min(numEmbeddings, Math.max(1, Math.floor(bytes / (4 * embeddingDim))));
  return { config: { kind: 'hash', buckets, into: { kind: 'dense' } }, bytes: 4 * embeddingDim * buckets };
};

/** Rows for the ids with the largest gradients, which training finds out, and a table of all ids: half of the bytes each. */
export const cachedForms: readonly SizedForm[] = [
  cachedForm('importance-tt', ttBeside),
  cachedForm('importance-hash', hashBeside),
];

function cachedForm(name: string, beside: Beside): SizedForm {
  return {
    name,
    for: (size) => {
      const rowBytes = 4 * size.embeddingDim + ID_BYTES;
      const most = size.numEmbeddings - 1;
      const counts = [...growing(most, STEP)];
      const bases = counts.map((rows, k) => ({
        rows,
        most: counts[k + 2] ?? most,
        inner: beside(rowBytes * rows, size),
      }));
      return (bytes) => {
        // By parameters, of which an id of the cache is none.
        let best: { readonly rows: number; readonly into: TableConfig; readonly floats: number } | undefined;
        for (const { rows, most: last, inner } of bases) {
          const fitting = Math.min(last, Math.floor((bytes - ID_BYTES - inner.bytes) / rowBytes));
          const floats = inner.bytes / 4 + size.embeddingDim * fitting;
          if (fitting >= rows && floats >= (best?.floats ?? 0))
            best = { rows: fitting, into: inner.config, floats };
        }
        if (best === undefined) return undefined;
        const { rows, into } = best;
        return within(
          { kind: 'cached', rows, into, importance: 'gradient', refreshEvery: REFRESH },
          size,
          bytes,
        );
      };
    },
  };
}
