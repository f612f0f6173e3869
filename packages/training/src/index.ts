export { bestPossible, evaluate, type EvaluateOptions, type Evaluation } from './evaluate.ts';
export { fit, type FitExchange, type FitResult } from './fit/fit.ts';
export type { FitOptions } from './fit/fit-options.ts';
export type { ReadTimes } from './fit/read-ahead.ts';
export {
  ratesOf,
  scheduleOf,
  type ConstantConfig,
  type DecayConfig,
  type RateOption,
  type RateSchedules,
  type Schedule,
  type ScheduleConfig,
  type StepsConfig,
} from './fit/schedule.ts';
export {
  WeightAverage,
  type AveragingConfig,
  type DecayingAveraging,
  type MeanAveraging,
} from './fit/weight-average.ts';
export { initialState, type TrainingState } from './fit/training-state.ts';
export { chooseTables, type TablesChoice } from './model/choose-tables.ts';
export { modelConfig, type ModelOptions } from './model/model-config.ts';
export {
  decodeModel,
  encodeModel,
  type DecodeModelOptions,
  type EncodeModelOptions,
} from './model/model-file.ts';
