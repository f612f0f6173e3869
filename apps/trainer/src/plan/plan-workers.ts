import type { DlrmConfigInput } from '@ttrec/dlrm';
import { wideTables } from '@ttrec/dlrm/layers';
import type { TableSpec } from '@ttrec/embeddings';
import { describeTable, rowTables } from '@ttrec/embeddings/configs';
import {
  networks,
  predictStep,
  tableExchanges,
  type StepPrediction,
  type TableExchange,
} from '@ttrec/planner';
import { DEFAULT_SHARDS, placeTables, type ShardedTables } from '@ttrec/training/workers';
import { formatBytes, formatTable } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';

/** A model that several workers are to train. */
export interface SharedModel {
  readonly config: DlrmConfigInput;
  readonly batchSize: number;
  readonly shards?: number | undefined;
  /** Of the weights outside the tables; 0 where they are not known. */
  readonly denseBytes: number;
}

export interface WorkersOptions {
  readonly workers: number;
  readonly shardedTables?: ShardedTables | undefined;
  readonly workerMemory?: number | undefined;
  readonly network?: string | undefined;
  readonly stepMs?: number | undefined;
  /** Of these, what every worker repeats. */
  readonly repeatedMs?: number | undefined;
}

export interface WorkersPlan {
  readonly workers: number;
  readonly batchSize: number;
  /** Parameters and optimizer state of the worker that holds the most. */
  readonly workerBytes: number;
  readonly tables: readonly TableExchange[];
  readonly sentBytesPerStep: number;
  /** For 1, 2, 4, … workers, where a network and the time of a step are given. */
  readonly steps?: readonly StepPrediction[];
}

/** Prints where tables live, what workers send in a step, and how fast they are to be on a network. */
export function planWorkers(model: SharedModel, options: WorkersOptions, output: Output): WorkersPlan {
  const { workers, network, stepMs } = options;
  const { batchSize, denseBytes } = model;
  const shared = sharedStep(model, workers, options);
  const { exchanges, sentBytes, workerBytes } = shared;
  const { tables } = model.config;
  const inner = tables.map((table) => innerRows(table, model.config.embeddingDim));
  output.result(
    `\n${formatTable(
      ['table', 'kind', 'lives on', 'sent in a step', 'if whole', 'if divided'],
      exchanges.map(({ name, sharded, ...bytes }, t) => {
        const { config, kinds } = tables[t]!;
        return [
          name,
          describeTable(config, kinds),
          sharded ? `${workers} workers, by rows` : 'every worker',
          formatBytes(bytes.sentBytes),
          formatBytes(bytes.gradientBytes),
          config.kind === 'dense' ? formatBytes(bytes.allToAllBytes) : inner[t]! > 0 ? 'cannot be' : '-',
        ];
      }),
    )}`,
  );
  const whole = tables.flatMap(({ name }, t) =>
    inner[t]! > 0 ? [`${name}: ${formatBytes(inner[t]!)}`] : [],
  );
  if (whole.length > 0)
    output.result(
      `\ndense tables inside others cannot be divided, every worker holds them (${whole.join(', ')} of parameters)`,
    );
  const mlps = denseBytes > 0 ? ', gradients of MLPs included' : ', MLPs not counted';
  output.result(
    `\neach of ${workers} workers holds at most ${formatBytes(workerBytes)} of parameters and optimizer state` +
      `\nand sends at most ${formatBytes(sentBytes)} in a step of ${batchSize} rows with one id a table${mlps}`,
  );
  const plan = { workers, batchSize, workerBytes, tables: exchanges, sentBytesPerStep: sentBytes };
  if (network === undefined || stepMs === undefined) return plan;
  const steps = predictedSteps(model, { ...options, network, stepMs });
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

/** Bytes of the dense tables inside a table, whose ids are not those that it is asked for; 0 for one that is dense itself. */
function innerRows({ config, kinds, numEmbeddings }: TableSpec, embeddingDim: number): number {
  if (config.kind === 'dense') return 0;
  const inside = rowTables(config, { numEmbeddings, embeddingDim }, kinds);
  return inside.reduce((bytes, { rows, cols }) => bytes + 4 * rows * cols, 0);
}

/** What so many workers hold and send, with the tables divided that they have to divide. */
function sharedStep(
  { config, batchSize, denseBytes }: SharedModel,
  workers: number,
  { shardedTables, workerMemory }: Pick<WorkersOptions, 'shardedTables' | 'workerMemory'>,
) {
  const { sharded, workerBytes } = placeTables(config, { workers, shardedTables, workerMemory });
  const clipped = config.optimizer?.clipNorm !== undefined;
  const shared = { workers, batchSize, sharded, clipped };
  const exchanges = tableExchanges(config.tables, config.embeddingDim, shared);
  const wide = tableExchanges(wideTablesOf(config), 1, shared);
  const mlps = (2 * denseBytes * (workers - 1)) / workers;
  const sentBytes = [...exchanges, ...wide].reduce((total, table) => total + table.sentBytes, mlps);
  const rounds = sharded.length === 0 ? 2 : clipped ? 4 : 5;
  return { exchanges, workerBytes, sentBytes, rounds };
}

function wideTablesOf({ tables, wide }: DlrmConfigInput): TableSpec[] {
  return wide ? wideTables(tables, wide === true ? { default: { kind: 'dense' } } : wide) : [];
}

/** Of 1, 2, 4, … workers with the tables placed as of all: fewer may not have room for them. */
function predictedSteps(
  model: SharedModel,
  options: WorkersOptions & { readonly network: string; readonly stepMs: number },
): StepPrediction[] {
  const { workers, network, stepMs, repeatedMs = 0 } = options;
  const { shardedTables, workerMemory } = options;
  const { sharded } = placeTables(model.config, { workers, shardedTables, workerMemory });
  return [...powersOfTwo(workers), workers].map((count) => {
    const { sentBytes, rounds } = sharedStep(model, count, {
      shardedTables: sharded.length > 0 ? sharded : 'none',
    });
    return predictStep(count, {
      shards: Math.max(model.shards ?? DEFAULT_SHARDS, count),
      stepSeconds: stepMs / 1000,
      repeatedSeconds: repeatedMs / 1000,
      ...{ sentBytes, rounds, network: networks[network]! },
    });
  });
}

/** Below `most`. */
function powersOfTwo(most: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power < most; power *= 2) powers.push(power);
  return powers;
}
