/** What a training reports, and how to show it: for programs with a face of their own. */
export { formatBytes, formatCount, formatCounted, formatMetric } from './records/format.ts';
export { MetricsWindow, type WindowRows } from './records/metrics-window.ts';
export { engineSummary } from './model/engine-summary.ts';
export { modelTableRows, summarise, tableRows, type TableRow } from './model/table-prices.ts';
export type {
  CacheRecord,
  DataSummary,
  EngineSummary,
  EvaluationRecord,
  FinalRecord,
  Metrics,
  ProbabilityRecord,
  RankingRecord,
  RunRecord,
  TablesSummary,
  TrainRecord,
  WorkersSummary,
} from './records/run-record.ts';
