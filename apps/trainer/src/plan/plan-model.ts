import { denseWeightBytes, type DlrmConfig } from '@ttrec/dlrm';
import type { TableSpec } from '@ttrec/embeddings';
import type { ModelPlan, Planner } from '@ttrec/planner';
import { modelHeaderBytes } from './header-bytes.ts';

/** A plan for a whole model file. */
export interface PlannedModelFile {
  readonly plan: ModelPlan;
  /** Of the MLPs' weights. */
  readonly mlpBytes: number;
  /** Bytes of weights: tables and MLPs. */
  readonly weightBytes: number;
  /** The header of the file (names, shapes, places) takes no more than this. */
  readonly headerBytes: number;
}

/**
 * Plans the tables of a model so that its weights in one safetensors file, header and MLPs included, take at most `budget`
 * bytes.
 *
 * @param planner counts the entries of tables in the header: `overheadBytes` is `tableHeaderBytes`
 * @throws `planner/budget-too-small`
 */
export function planModelFile(planner: Planner, model: DlrmConfig, budget: number): PlannedModelFile {
  const mlpBytes = denseWeightBytes(model);
  const plan = planner.plan(budget, mlpBytes + modelHeaderBytes(model));
  const weightBytes = plan.tables.reduce((sum, { bytes }) => sum + bytes, mlpBytes);
  return { plan, mlpBytes, weightBytes, headerBytes: plan.bytes - weightBytes };
}

/** The tables of a plan as a model takes them. */
export function plannedTables({ tables }: ModelPlan): TableSpec[] {
  return tables.map(({ name, numEmbeddings, config }) => ({ name, numEmbeddings, config }));
}
