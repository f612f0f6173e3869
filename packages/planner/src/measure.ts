export type { MeasuredCandidate, Measurement, Measurer, Trial } from './measure/measurement.ts';
export {
  planByMeasuring,
  type CandidateReport,
  type MeasuredPlan,
  type MeasureOptions,
} from './measure/plan-by-measuring.ts';
export type { PricedTable } from './measure/priced-table.ts';
export {
  metrics,
  pairedDifference,
  rowScores,
  type Difference,
  type Metric,
  type SeedError,
} from './measure/row-scores.ts';
export type { TrialNotice } from './measure/successive-halving.ts';
export { TrainingMeasurer, type TrainingMeasurerOptions } from './measure/training-measurer.ts';
