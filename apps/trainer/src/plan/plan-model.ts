import { mlpWeightBytes, type DlrmConfig } from '@ttrec/dlrm';
import type { TableSpec } from '@ttrec/embeddings';
import type { ModelPlan, Planner } from '@ttrec/planner';
import { headerBytesAtMost } from './header-bytes.ts';

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
 * The header grows with the tensors that the plan itself chooses: a plan whose header would not fit is made anew with
 * room for it.
 *
 * @throws `planner/budget-too-small`
 */
export function planModelFile(planner: Planner, model: DlrmConfig, budget: number): PlannedModelFile {
  const mlpBytes = mlpWeightBytes(model);
  let reservedHeader = 0;
  for (;;) {
    const plan = planner.plan(budget, mlpBytes + reservedHeader);
    const headerBytes = headerBytesAtMost(model, plannedTables(plan));
    const weightBytes = plan.bytes - reservedHeader;
    if (weightBytes + headerBytes <= budget) return { plan, mlpBytes, weightBytes, headerBytes };
    // Ends: it only grows, and there is a largest header, that of the tables in most parts.
    reservedHeader = Math.max(headerBytes, reservedHeader + 1);
  }
}

/** The tables of a plan as a model takes them. */
export function plannedTables({ tables }: ModelPlan): TableSpec[] {
  return tables.map(({ name, numEmbeddings, config }) => ({ name, numEmbeddings, config }));
}
