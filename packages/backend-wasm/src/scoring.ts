/** The engine for programs that only score. */
export { createScoringBackend, type ScoringBackendOptions } from './create-scoring-backend.ts';
