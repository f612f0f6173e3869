import { error } from '../error.ts';
import type { BenchRecord } from '../record.ts';
import { formatRate, formatRatio } from './format.ts';
import { markdownTable } from './markdown.ts';

interface Highlight {
  readonly what: string;
  /** The names of a case and of the contender that ours is compared with. */
  readonly name: string;
  readonly against: string;
}

/** The comparisons in the README: training and inference, of tables and of whole models, won or lost. */
const highlights: readonly Highlight[] = [
  {
    what: 'train a TT table, rank 32, skewed ids',
    name: 'tt-bag/train/d16-r32/bags32-zipf',
    against: 'torch grouped',
  },
  { what: 'train a dense table', name: 'bag/train/dense-d64/bags32-uniform', against: 'torch EmbeddingBag' },
  { what: 'train a DLRM, batch 2048', name: 'dlrm/train/kaggle/batch2048', against: 'torch' },
  {
    what: 'score one row with a DLRM',
    name: 'dlrm/predict/rows1000/batch1',
    against: 'onnxruntime',
  },
  {
    what: 'score 2048 rows with a DLRM',
    name: 'dlrm/predict/rows1000/batch2048',
    against: 'onnxruntime',
  },
];

/**
 * The table of the README.
 *
 * @throws `bench/missing-comparison` where the record lacks one of the rows
 */
export function highlightTable(record: BenchRecord): string {
  return markdownTable(
    ['', 'ttrec', 'other', 'ttrec is faster'],
    highlights.map((highlight) => rowOf(highlight, record)),
  );
}

function rowOf({ what, name, against }: Highlight, { cases }: BenchRecord): string[] {
  const found = cases.find((one) => one.name === name);
  const ours = found?.contenders[0]?.rate;
  const other = found?.contenders.find((contender) => contender.name === against);
  if (found === undefined || ours === undefined || other?.rate === undefined || other.ratio === undefined) {
    throw error('missing-comparison', { subject: name, rule: `must have run against ${against}` });
  }
  const rate = (median: number) => `${formatRate(median)} ${found.unit}/s`;
  return [what, rate(ours.median), `${against}: ${rate(other.rate.median)}`, formatRatio(other.ratio.median)];
}
