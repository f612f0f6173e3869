export {
  blockedBootstrap,
  type BootstrapDifference,
  type BootstrapOptions,
} from './statistics/blocked-bootstrap.ts';
export {
  aucRanks,
  deLong,
  deLongOf,
  type AucRanks,
  type ClassRows,
  type PairedAucs,
} from './statistics/delong.ts';
export { normalCdf } from './statistics/normal.ts';
export { equivalence, holm, pairedT, type MeanDifference } from './statistics/paired-t.ts';
export { tCdf, tQuantile } from './statistics/student-t.ts';
export { judge, MARGIN, type Comparison, type Verdict } from './statistics/verdict.ts';
