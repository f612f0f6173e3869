/** Models that differ in their tables alone, trained and tested side by side; and what such a comparison found. */
export {
  OWN_SIZE,
  type ArmComparison,
  type ArmCurve,
  type ArmResult,
  type ComparisonResults,
  type ComparisonSummary,
  type Crossover,
  type Setting,
  type Spread,
} from './comparison/comparison-results.ts';
export { bestArms, singleKinds, type BestArm, type ScoredArm } from './comparison/best-arms.ts';
export {
  comparisonSchema,
  regimeText,
  type ComparisonSettings,
  type Varied,
} from './comparison/comparison-settings.ts';
export { frequencyDeciles } from './comparison/frequency-deciles.ts';
export {
  pairedRun,
  regimes,
  regimeTraining,
  type PairedRun,
  type PairedRunOptions,
  type PairedSeed,
  type Quality,
  type Regime,
} from './comparison/paired-run.ts';
export { isPlanned, variantConfigs, type TablesToPlan } from './comparison/variant-configs.ts';
