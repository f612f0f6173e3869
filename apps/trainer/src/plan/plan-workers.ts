import type { TableSpec } from '@ttrec/embeddings';
import { describeTable } from '@ttrec/embeddings/configs';
import {
  networks,
  predictStep,
  tableExchanges,
  type StepPrediction,
  type TableExchange,
} from '@ttrec/planner';
import { DEFAULT_SHARDS } from '@ttrec/training/workers';
import { formatBytes, formatTable } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** A model that several workers are to train. */
export interface SharedModel {
  readonly tables: readonly TableSpec[];
  readonly embeddingDim: number;
  readonly batchSize: number;
  readonly shards?: number | undefined;
  /** Of the weights outside the tables; 0 where they are not known. */
  readonly denseBytes: number;
}

export interface WorkersPlan {
  readonly workers: number;
  readonly batchSize: number;
  readonly tables: readonly TableExchange[];
  readonly sentBytesPerStep: number;
  /** For 1, 2, 4, … workers, where a network and the time of a step are given. */
  readonly steps?: readonly StepPrediction[];
}

/** Prints what workers send in a step, and how fast they are to be on a network. */
export function planWorkers(
  model: SharedModel,
  options: {
    readonly workers: number;
    readonly network?: string | undefined;
    readonly stepMs?: number | undefined;
    /** Of these, what every worker repeats. */
    readonly repeatedMs?: number | undefined;
  },
  output: Output,
): WorkersPlan {
  const { tables, embeddingDim, batchSize, shards = DEFAULT_SHARDS, denseBytes } = model;
  const { workers, network, stepMs, repeatedMs = 0 } = options;
  const sentBy = (count: number) => {
    const exchanges = tableExchanges(tables, embeddingDim, { workers: count, batchSize });
    const sum = exchanges.reduce(
      (total, { gradientBytes }) => total + gradientBytes,
      (2 * denseBytes * (count - 1)) / count,
    );
    return { exchanges, sum };
  };
  const { exchanges, sum } = sentBy(workers);
  output.result(
    `\n${formatTable(
      ['table', 'kind', 'lives on', 'sent in a step', 'dense, by all-to-all'],
      exchanges.map(({ name, gradientBytes, allToAllBytes }, t) => [
        name,
        describeTable(tables[t]!.config, tables[t]!.kinds),
        'every worker',
        formatBytes(gradientBytes),
        formatBytes(allToAllBytes),
      ]),
    )}`,
  );
  const mlps = denseBytes > 0 ? ', gradients of MLPs included' : ', MLPs not counted';
  output.result(
    `\neach of ${workers} workers sends at most ${formatBytes(sum)} in a step of ${batchSize} rows with one id a table${mlps}`,
  );
  const plan = { workers, batchSize, tables: exchanges, sentBytesPerStep: sum };
  if (network === undefined || stepMs === undefined) return plan;
  const counts = [...powersOfTwo(workers), workers];
  const steps = counts.map((count) =>
    predictStep(count, {
      shards: Math.max(shards, count),
      stepSeconds: stepMs / 1000,
      repeatedSeconds: repeatedMs / 1000,
      sentBytes: sentBy(count).sum,
      network: networks[network]!,
    }),
  );
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;
  output.result(
    `\n${formatTable(
      ['workers', 'computes', 'sends', 'speed-up, at most'],
      steps.map((step) => [
        String(step.workers),
        ms(step.computeSeconds),
        ms(step.exchangeSeconds),
        `${step.speedup.toFixed(2)}x`,
      ]),
    )}\nfor ${network} and equal workers; the time that they take to copy messages and wait for each other is not counted`,
  );
  return { ...plan, steps };
}

/** Below `most`. */
function powersOfTwo(most: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power < most; power *= 2) powers.push(power);
  return powers;
}
