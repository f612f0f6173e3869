import type { DlrmConfig } from '@ttrec/dlrm';
import { denseWeightBytes } from '@ttrec/dlrm/layers';
import type { TableSpec } from '@ttrec/embeddings';
import type { ModelPlan, Planner } from '@ttrec/planner';
import type { MeasuredPlan, PricedTable } from '@ttrec/planner/measure';
import { modelHeaderBytes } from './header-bytes.ts';

/** What the parts of a model file take. */
interface FileSizes {
  /** Of the MLPs' weights. */
  readonly mlpBytes: number;
  /** Bytes of weights: tables and MLPs. */
  readonly weightBytes: number;
  /** The header of the file (names, shapes, places) takes no more than this. */
  readonly headerBytes: number;
}

/** A plan for a whole model file. */
export interface PlannedModelFile extends FileSizes {
  readonly plan: ModelPlan;
}

/** A model file with tables that are chosen. */
export interface PricedModelFile extends FileSizes {
  readonly budget: number;
  readonly tables: readonly PricedTable[];
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

/** The same file with the tables that a measured plan chose, in the place of those that were planned. */
export function withTables(
  { plan, mlpBytes }: PlannedModelFile,
  { tables, bytes }: MeasuredPlan,
): PricedModelFile {
  const weightBytes = tables.reduce((sum, table) => sum + table.bytes, mlpBytes);
  return { budget: plan.budget, tables, mlpBytes, weightBytes, headerBytes: bytes - weightBytes };
}

/** The tables of a plan as a model takes them. */
export function plannedTables({ tables }: { readonly tables: readonly TableSpec[] }): TableSpec[] {
  return tables.map(({ name, numEmbeddings, config }) => ({ name, numEmbeddings, config }));
}
