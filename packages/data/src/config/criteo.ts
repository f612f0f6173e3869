import { z } from 'zod';
import { cardinality, fractionSplit, onBadLine, positiveCount, strict, vocabularyIds } from './common.ts';

const hashIds = strict({
  kind: z.literal('hash'),
  /** Rows of every table, or of each of the 26 in order. Row 0 is for missing values. */
  buckets: z.union([cardinality, z.array(cardinality).length(26)]),
});

/** A file of the Criteo click logs: label, I1 … I13, C1 … C26, tab-separated, no header, plain or gzip. */
export const criteoConfig = strict({
  format: z.literal('criteo'),
  path: z.string().min(1),
  /** Whether the dense numbers end with 13 flags: 1 where the integer is missing, else 0. False by default. */
  missingFlags: z.boolean().optional(),
  ids: z.discriminatedUnion('kind', [vocabularyIds, hashIds]),
  split: fractionSplit,
  onBadLine,
  /** Training rows that are shuffled together. */
  shuffleWindow: positiveCount.default(65536),
  /** Rows are kept in memory, at 163 bytes each, up to this many bytes, and beyond in a temporary file. */
  cacheBytes: z.int().min(0).default(268435456),
});

export type CriteoConfig = z.output<typeof criteoConfig>;
