export type { AnswerOptions, Batcher, BatchingOptions } from './models/batcher.ts';
export type { HandlerOptions, ServedRequest } from './call.ts';
export type { HttpCall } from './http-call.ts';
export { createHandler, type Handler } from './handler.ts';
export { HttpError } from './http-error.ts';
export type { HttpAnswer } from './protocol/infer-answer.ts';
export { rankerModel } from './models/ranker-model.ts';
export {
  requestModel,
  type AnsweredBy,
  type RequestModel,
  type RequestResult,
  type SentRequest,
} from './models/request-model.ts';
export {
  ModelRepository,
  type LoadOptions,
  type ModelSource,
  type ModelState,
  type OpenedModel,
  type RepositoryOptions,
  type ServedVersion,
} from './models/repository.ts';
export type {
  ModelInputs,
  ScoringFault,
  ScoringInput,
  ScoringModel,
  ScoringResult,
  ScoringRows,
} from './models/scoring-model.ts';
export type { Duration, Execution, ExecutionStatistics } from './models/statistics.ts';
