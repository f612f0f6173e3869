import type { TableConfig } from '@ttrec/embeddings';

/** Tables of equal bytes, and the log-loss on the test rows that training with them came to, for the seeds 1, 2 and 3. */
export interface EqualBytesRun {
  readonly name: string;
  /** Of each large table, the largest first. */
  readonly tables: readonly TableConfig[];
  readonly logLosses: readonly number[];
}

const dense: TableConfig = { kind: 'dense' };

function run(
  name: string,
  logLosses: readonly number[],
  numbers: readonly number[],
  make: (number: number) => TableConfig,
): EqualBytesRun {
  return { name, tables: numbers.map(make), logLosses };
}

const tt = (ranks: number): TableConfig => ({ kind: 'tt', ranks });
const hash = (buckets: number): TableConfig => ({ kind: 'hash', buckets, into: dense });
const signed = (buckets: number): TableConfig =>
  ({ ...hash(buckets), probes: 2, signs: true }) as TableConfig;
const hashedTT = (ranks: number): TableConfig => ({ kind: 'hash', buckets: 56_316, into: tt(ranks) });
const product = (buckets: number): TableConfig => ({
  kind: 'compositional',
  method: 'quotient-remainder',
  buckets,
  combine: 'product',
});
const hotTT =
  (hot: number) =>
  (ranks: number): TableConfig => ({ kind: 'hot-cold', hot, cold: tt(ranks) });
const hotHash =
  (hot: number) =>
  (buckets: number): TableConfig => ({ kind: 'hot-cold', hot, cold: hash(buckets) });

/**
 * 2026-11-24, wasm backend. The synthetic stream of apps/trainer/configs/equal-bytes.json: 2.2 MB in place of 110 MB, tables
 * of 1,000,000, 400,000, 200,000 and 100,000 ids, D = 16.
 */
export const syntheticRuns: readonly EqualBytesRun[] = [
  run('tt', [0.4504, 0.4413, 0.4404], [20, 22, 28, 29], tt),
  run('500 hot rows, tt', [0.4509, 0.4408, 0.4373], [19, 21, 26, 28], hotTT(500)),
  run('2000 hot rows, tt', [0.4515, 0.4405, 0.4388], [16, 18, 21, 24], hotTT(2000)),
  run('quotient-remainder', [0.4566, 0.4403, 0.439], [5828, 5932, 5966, 5983], product),
  run('2000 hot rows, hash', [0.4568, 0.4422, 0.4436], [4000, 4000, 4000, 4000], hotHash(2000)),
  run('hash→tt', [0.4585, 0.4434, 0.4442], [34, 34, 34, 34], hashedTT),
  run('500 hot rows, hash', [0.4588, 0.4427, 0.447], [5500, 5500, 5500, 5500], hotHash(500)),
  run('signed hash', [0.4601, 0.444, 0.446], [6000, 6000, 6000, 6000], signed),
  run('hash', [0.4612, 0.4445, 0.4497], [6000, 6000, 6000, 6000], hash),
];

/** The same for users and items of Taobao (apps/trainer/configs/taobao.json): 1.0 MB in place of 10.7 MB, D = 32. */
export const taobaoRuns: readonly EqualBytesRun[] = [
  run('quotient-remainder', [0.5622, 0.5638, 0.5584], [3987, 3991], product),
  run('500 hot rows, tt', [0.5702, 0.5686, 0.566], [25, 29], hotTT(500)),
  run('2000 hot rows, tt', [0.5727, 0.5675, 0.5655], [19, 20], hotTT(2000)),
  run('tt', [0.5713, 0.5696, 0.5681], [29, 31], tt),
  run('hash→tt', [0.6075, 0.6145, 0.6057], [28, 28], hashedTT),
  run('2000 hot rows, hash', [0.6172, 0.6222, 0.6154], [2000, 2000], hotHash(2000)),
  run('signed hash', [0.6207, 0.6248, 0.6192], [4000, 4000], signed),
  run('500 hot rows, hash', [0.6302, 0.6346, 0.6298], [3500, 3500], hotHash(500)),
  run('hash', [0.6394, 0.6444, 0.639], [4000, 4000], hash),
];
