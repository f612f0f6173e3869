import { writeFileAtomic } from '@ttrec/tensor-files';
import { Planner } from '@ttrec/planner';
import { resolve } from 'node:path';
import { renderFrontier } from '../report/render-frontier.ts';
import { modelConfig } from '../run/build-model.ts';
import { openRunData } from '../run/open-run-data.ts';
import { writeJson } from '../run/run.ts';
import type { Output } from '../terminal/output.ts';
import { budgetText, explainText, frontierText, thinned } from './budget-text.ts';
import { tableHeaderBytes } from './header-bytes.ts';
import { planFeatures } from './plan-features.ts';
import { planModelFile, plannedTables } from './plan-model.ts';
import { planSource, type PlanSourceFlags } from './plan-source.ts';
import { plannedConfig } from './planned-config.ts';

export interface BudgetFlags extends PlanSourceFlags {
  /** Bytes. */
  readonly budget: number;
  readonly kinds?: readonly string[];
  readonly serving?: boolean;
  readonly maxMultiplyAdds?: number;
  readonly explain?: boolean;
  readonly frontier?: string;
  readonly out?: string;
}

/** Points of the frontier in the record and on the page. */
const FRONTIER_POINTS = 200;

/** `ttrec plan --budget`: how to store each table so that the model's file takes at most so many bytes. Returns the record. */
export async function planBudget(
  configPath: string | undefined,
  flags: BudgetFlags,
  output: Output,
): Promise<object> {
  const source = await planSource(configPath, flags);
  const dataset = await openRunData(source, output);
  const model = modelConfig(source.config, dataset);
  const planner = new Planner(await planFeatures(source.config.data, dataset), {
    embeddingDim: model.embeddingDim,
    optimizer: model.optimizer.embeddings,
    purpose: flags.serving === true ? 'serving' : 'training',
    overheadBytes: tableHeaderBytes,
    ...(flags.kinds === undefined ? {} : { kinds: flags.kinds }),
    ...(flags.maxMultiplyAdds === undefined ? {} : { maxMultiplyAddsPerLookup: flags.maxMultiplyAdds }),
  });
  const planned = planModelFile(planner, model, flags.budget);
  const { plan, mlpBytes, weightBytes, headerBytes } = planned;
  const points = thinned(planner.frontier(), FRONTIER_POINTS);
  output.result(budgetText(planned));
  if (flags.explain === true) output.result(`\n${explainText(plan.tables)}`);
  if (flags.frontier !== undefined) {
    output.result(`\n${frontierText(points)}`);
    const page = renderFrontier({ title: source.config.name, points, planned });
    await writeFileAtomic(resolve(flags.frontier), [new TextEncoder().encode(page)]);
    output.result(`\npage   ${flags.frontier}`);
  }
  if (flags.out !== undefined) {
    await writeJson(resolve(flags.out), plannedConfig(source, plannedTables(plan), flags.out));
    output.result(`config ${flags.out}`);
  }
  return {
    ...plan,
    mlpBytes,
    weightBytes,
    headerBytesAtMost: headerBytes,
    embeddingDim: model.embeddingDim,
    frontier: points,
  };
}
