import { cost, type TableConfig, type TableSize } from '@ttrec/embeddings';
import { largestThatFits } from '../options/option-generator.ts';
import { within, type SizedForm } from './sized-form.ts';

/**
 * The bits of a row, and how many times as many ids have at least two bits. Bits lose in proportion to 4^-bits, so that by Zipf's law the
 * next ones are worth their bytes for so many fewer ids. The very first rows change too fast for integers.
 */
const BANDS = [
  { bits: 32, fewer: 5000 },
  { bits: 8, fewer: 364 },
  { bits: 4, fewer: 14 },
  { bits: 2, fewer: 1 },
] as const;

const dense = { kind: 'dense' } as const;

/** Rows of fewer bits the rarer the ids, and one row for all that are rarer still. For ids in order of frequency. */
export const bandsForm: SizedForm = {
  name: 'bands',
  for: (size) => (bytes) => {
    const fits = (ids: number) => cost(bandsOf(ids, size), size).bytes <= bytes;
    if (!fits(1)) return undefined;
    const most = BANDS[0].fewer * size.numEmbeddings;
    return within(bandsOf(largestThatFits(1, most, fits), size), size, bytes);
  },
};

interface Band {
  /** Where the next one begins. */
  readonly end: number;
  readonly table: TableConfig;
}

/** @param ids with two bits or more; beyond the number of rows, more of them have more bits */
function bandsOf(ids: number, { numEmbeddings }: TableSize): TableConfig {
  const all = BANDS.map(({ bits, fewer }): Band => ({
    end: Math.min(numEmbeddings, Math.floor(ids / fewer)),
    table: bits === 32 ? dense : { kind: 'integers', bits },
  }));
  all.push({ end: numEmbeddings, table: { kind: 'hash', buckets: 1, into: dense } });
  const filled = all.filter(({ end }, band) => end > (all[band - 1]?.end ?? 0));
  if (filled.length === 1) return filled[0]!.table;
  return {
    kind: 'bands',
    edges: filled.slice(0, -1).map(({ end }) => end),
    tables: filled.map(({ table }) => table),
  };
}
