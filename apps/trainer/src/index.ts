export { createBackend, type BackendOptions } from './engines.ts';
export type { Backend } from '@ttrec/backend';
export { createEncoder, openDataset, type Batch, type Dataset, type DatasetSchema } from '@ttrec/data';
export { Dlrm, type DlrmForOptions, type DlrmOptions } from '@ttrec/dlrm';
export { cost, EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
export { exportOnnx } from '@ttrec/interop';
export { plan, type ModelPlan, type PlanFeature } from '@ttrec/planner';
export { evaluate, fit, type Evaluation, type FitOptions } from '@ttrec/training';
export { loadModel, saveModel } from '@ttrec/training/run-folder';
