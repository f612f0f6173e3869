import type { Selection } from '@ttrec/backend';
import type { SplitName } from '@ttrec/data';
import type { Dlrm } from '@ttrec/dlrm';
import type { Evaluation } from '@ttrec/training';
import { engineSummary, type FinalRecord, modelTableRows, summarise } from '@ttrec/training/records';
import type { Run, RunFiles } from '@ttrec/training/run-folder';
import {
  formatBytes,
  formatCompression,
  formatCount,
  formatMetric,
  formatPath,
  formatCounted,
} from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** The effective config, a line a section. */
export function echoConfig(output: Output, { config, files }: Run): void {
  output.note(`run      ${files.folder}`);
  for (const section of ['data', 'model', 'training'] as const) {
    output.note(`${section.padEnd(8)} ${JSON.stringify(config[section])}`);
  }
  const { steps, epochs } = config.training;
  if (steps !== undefined && epochs !== 1)
    output.note(
      `         ${formatCounted(steps, 'step')} ${steps === 1 ? 'takes' : 'take'} the place of ${epochs} epochs`,
    );
}

/** What the model weighs and what will run it, before the first step. */
export function announceModel(
  output: Output,
  args: { readonly run: Run; readonly model: Dlrm; readonly engine: Selection },
): void {
  const { bytes, denseBytes, compression, trainingBytes } = summarise(modelTableRows(args.model.config));
  const { tables, wide, interaction } = args.model.config;
  output.note(
    `tables   ${tables.length}${wide ? ` and as many of the wide term` : ''}, ${formatBytes(bytes)} (dense ${formatBytes(denseBytes)}, ${formatCompression(compression)}),` +
      ` ${formatBytes(trainingBytes)} with optimizer state`,
  );
  if (args.run.config.model.interaction === undefined && interaction.kind !== 'dot')
    output.note(`model    vectors are put side by side ("cat"): two would have one dot product`);
  const {
    description,
    threads,
    threadsReason,
    passedOver,
    onHost = [],
  } = engineSummary(args.engine, args.model);
  const { name } = args.engine.backend;
  const fewer = threadsReason === undefined ? '' : ` (${threadsReason})`;
  output.note(`backend  ${name}: ${description}, ${threads} thread${threads === 1 ? '' : 's'}${fewer}`);
  for (const other of passedOver) output.note(`         ${other.name} passed over: ${other.reason}`);
  if (onHost.length > 0) output.note(`         kept on the host: ${onHost.join(', ')}`);
}

/** Metrics on a split, in one line. */
export function announceEvaluation(
  output: Output,
  {
    metrics,
    ranking,
    bestPossible,
    split,
    step,
  }: Omit<Evaluation, 'probability'> & { readonly split: SplitName; readonly step: number },
): void {
  const possible = bestPossible
    ? ` (best possible: ${formatMetric(bestPossible.logLoss)}, AUC ${formatMetric(bestPossible.auc)})`
    : '';
  const weight = metrics.weight == null ? '' : ` of weight ${formatCount(Math.round(metrics.weight))}`;
  output.result(
    `${split.padEnd(8)} log-loss ${formatMetric(metrics.logLoss)} (base rate ${formatMetric(metrics.baseRateLogLoss)}),` +
      ` AUC ${formatMetric(metrics.auc)}, normalised entropy ${formatMetric(metrics.normalizedEntropy)},` +
      ` calibration ${formatMetric(metrics.calibration)} on ${formatCount(metrics.rows ?? 0)} rows${weight},` +
      ` weights of step ${formatCount(step)}${possible}`,
  );
  if (ranking === undefined) return;
  const { groups, gauc, ndcg, recall, mrr, k } = ranking;
  output.result(
    `by group GAUC ${formatMetric(gauc)}, NDCG@${k} ${formatMetric(ndcg)}, recall@${k} ${formatMetric(recall)},` +
      ` MRR ${formatMetric(mrr)} over ${formatCount(groups ?? 0)} groups with positives`,
  );
}

/** The outcome of a run in a few lines. */
export function announceResult(output: Output, final: FinalRecord, files: RunFiles): void {
  const { test, tables, workers } = final;
  const { step, ranking, bestPossible, ...metrics } = test;
  announceEvaluation(output, { metrics, ranking, split: 'test', step, bestPossible });
  output.result(
    `tables   ${formatBytes(tables.bytes)}, ${formatCompression(tables.compression)} smaller than dense;` +
      ` ${formatCount(Math.round(final.samplesPerSecond))} samples/s on ${final.backend}`,
  );
  if (workers) {
    const sent = Object.entries(workers.sentBytesPerStep);
    const total = sent.reduce((sum, [, bytes]) => sum + bytes, 0);
    const parts = sent.map(([kind, bytes]) => `${kind} ${formatBytes(Math.round(bytes))}`).join(', ');
    const share = (seconds: number) => `${Math.round((100 * seconds) / workers.trainingSeconds)} %`;
    const what = sent.length > 0 ? `, each sends ${formatBytes(Math.round(total))} a step: ${parts}` : '';
    // A resumed run may have had no step left.
    const { repeatedSeconds } = workers;
    const repeated =
      repeatedSeconds === undefined ? '' : `, ${share(repeatedSeconds)} in updates that all repeat`;
    const shares =
      workers.steps > 0
        ? `; ${share(workers.exchangeSeconds)} of the time in messages and waiting${repeated}`
        : '';
    output.result(`workers  ${workers.count}${what}${shares}`);
  }
  output.result(`report   ${formatPath(files.report)}`);
}
