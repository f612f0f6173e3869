import { cost, type TableConfig, type TableSize } from '@ttrec/embeddings';
import type { LowRankConfig } from '@ttrec/embeddings/configs';
import type { SizedForm } from './sized-form.ts';

/** How the numbers of ids are stored: float32 if there are no bits. */
type Bits = LowRankConfig['bits'];

/** The float32 step of a matrix of integers. */
const STEP_BYTES = 4;

/**
 * `rank` numbers for each id and, of the bytes that are left, one more for as many of the most frequent ids as possible. With
 * fewer bytes than `leastRank` numbers an id take, only the most frequent ids have so many, and the others share the numbers of one row
 * in the same directions: a dense shared row cost 0.02 of AUC on matches of tennis (docs/choosing-a-kind.md).
 *
 * @param bits of the numbers of ids, which are trained as integers; float32 if undefined
 */
export function lowRankForm(name: string, bits?: Bits, leastRank = 1): SizedForm {
  return {
    name,
    for: (size) => (bytes) => {
      const { numEmbeddings, embeddingDim } = size;
      const least = Math.min(leastRank, embeddingDim);
      const fits = (rank: number) => bytesOf(partOf(rank, bits, embeddingDim), numEmbeddings) <= bytes;
      const all = largest(embeddingDim - 1, fits);
      if (all < least) return limited(partOf(least, bits, embeddingDim), bytes, size);
      const cold = partOf(all, bits, embeddingDim);
      const hot = partOf(all + 1, bits, embeddingDim);
      const left = bytes - bytesOf(cold, numEmbeddings) - hot.shared;
      const most = Math.min(numEmbeddings - 1, Math.floor(left / (hot.perId - cold.perId)));
      const withHot = (count: number): TableConfig => {
        return { kind: 'hot-cold', hot: count, hotTable: hot.config, cold: cold.config };
      };
      return largestOf(most, withHot, bytes, size) ?? cold.config;
    },
  };
}

/** A row for each of the most frequent ids, the last of them for all others too. */
function limited(part: Part, bytes: number, size: TableSize): TableConfig | undefined {
  const most = Math.min(size.numEmbeddings - 1, Math.floor((bytes - part.shared) / part.perId));
  const withRows = (rows: number): TableConfig => ({ kind: 'vocabulary-limit', rows, into: part.config });
  return largestOf(most, withRows, bytes, size);
}

/** Rows of some kind: their config, and the bytes for each and for all together. */
interface Part {
  readonly config: TableConfig;
  readonly perId: number;
  readonly shared: number;
}

function partOf(rank: number, bits: Bits, embeddingDim: number): Part {
  const perNumber = (bits ?? 32) / 8;
  const step = bits === undefined ? 0 : STEP_BYTES;
  if (rank === embeddingDim) {
    const config: TableConfig = bits === undefined ? { kind: 'dense' } : { kind: 'integers', bits };
    return { config, perId: rank * perNumber, shared: step };
  }
  const config: TableConfig = { kind: 'low-rank', rank, ...(bits === undefined ? {} : { bits }) };
  return { config, perId: rank * perNumber, shared: 4 * rank * embeddingDim + step };
}

function bytesOf({ perId, shared }: Part, rows: number): number {
  return Math.ceil(perId * rows) + shared;
}

/** The largest number up to `most` that fits, if those below it do; 0 if none does. */
function largest(most: number, fits: (n: number) => boolean): number {
  let n = 0;
  while (n < most && fits(n + 1)) n++;
  return n;
}

/** The config of the most ids, from 1 to `most`, that fits. Codes are packed into whole bytes, which the estimate does not know. */
function largestOf(
  most: number,
  configOf: (count: number) => TableConfig,
  bytes: number,
  size: TableSize,
): TableConfig | undefined {
  for (let count = most; count >= Math.max(1, most - STEP_BYTES); count--) {
    const config = configOf(count);
    if (cost(config, size).bytes <= bytes) return config;
  }
  return undefined;
}
