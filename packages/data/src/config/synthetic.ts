import { z } from 'zod';
import { presetCardinalities, type PresetName } from '../synthetic/presets.ts';
import { positiveCount, rowCount, strict } from './common.ts';

const presetName = z.enum(Object.keys(presetCardinalities) as [PresetName, ...PresetName[]]);
const share = z.number().min(0);

/** A stream of made-up clicks with a known truth, in the shape of the Criteo logs. */
export const syntheticConfig = strict({
  format: z.literal('synthetic'),
  rows: strict({ train: positiveCount, validation: rowCount.default(0), test: rowCount }),
  /** Ids of each feature: a list, a preset, or a preset with every number multiplied and rounded up. */
  cardinalities: z.union([
    z.array(positiveCount).min(1),
    presetName,
    strict({ preset: presetName, scale: z.number().gt(0).max(100) }),
  ]),
  /** Dense columns. */
  dense: z.int().min(0).max(10_000).default(13),
  /** Exponent of the Zipf law of ids. */
  zipf: z.number().min(0).max(8).default(1.05),
  /** Ids of every bag, or the least and the most of them. */
  idsPerBag: z
    .union([
      z.int().min(1).max(1000),
      strict({ min: z.int().min(0).max(1000), max: z.int().min(1).max(1000) }).refine(
        (bag) => bag.min <= bag.max,
        { message: 'min must not exceed max', path: ['min'] },
      ),
    ])
    .default(1),
  /** Share of positives. */
  baseRate: z.number().gt(0).lt(1).default(0.25),
  /** Standard deviation of the true logit: how much there is to learn; 1.4 lets the truth reach an AUC near 0.8. */
  signal: z.number().min(0).max(20).default(1.4),
  /** Rank of the planted embeddings. */
  rank: z.int().min(1).max(64).default(4),
  /** How the variance of the logit divides; relative to their sum. */
  shares: strict({
    /** Linear in the dense columns. */
    dense: share.default(0.3),
    /** Per id, of low rank across the digits of ids. */
    structure: share.default(0.35),
    /** Per id, without any structure. */
    noise: share.default(0.15),
    /** Products of the planted embeddings of pairs of features. */
    interactions: share.default(0.2),
  }).prefault({}),
});

export type SyntheticConfig = z.output<typeof syntheticConfig>;
