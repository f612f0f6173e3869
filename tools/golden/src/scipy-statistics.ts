import { readFileSync } from 'node:fs';

/** What `python/statistics.py` wrote. */
export interface ScipyStatistics {
  readonly t: { readonly t: number; readonly df: number; readonly cdf: number }[];
  readonly quantiles: { readonly p: number; readonly df: number; readonly t: number }[];
  readonly normal: { readonly z: number; readonly cdf: number }[];
  readonly tTests: {
    readonly differences: number[];
    readonly p: number;
    readonly low: number;
    readonly high: number;
    readonly margin: number;
    readonly equivalence: number;
  }[];
  readonly holm: { readonly p: number[]; readonly adjusted: number[] };
  /** The last two are the example of DeLong et al. 1988: albumin, then total protein, against the K-G score. */
  readonly deLong: {
    readonly labels: number[];
    readonly first: number[];
    readonly second: number[];
    readonly auc: [number, number];
    readonly standardError: number;
    readonly p: number;
  }[];
}

export function scipyStatistics(): ScipyStatistics {
  const file = new URL('../fixtures/statistics.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as ScipyStatistics;
}
