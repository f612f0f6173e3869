import type { Batch, BatchSpan } from '@ttrec/data';
import type { Dlrm, LearningRates, StepResult } from '@ttrec/dlrm';
import {
  meanLoss,
  RowMerger,
  weightOfRows,
  type GradientLayout,
  type HostGradients,
  type PartResult,
} from '@ttrec/dlrm/shards';
import type { Communicator } from './communicator.ts';
import { DenseReduction } from './dense-reduction.ts';
import { OwnerGradients } from './owner-gradients.ts';
import { RowExchange } from './row-exchange.ts';
import { shardSpans, shardsOf, subtreeStarts } from './shards.ts';
import { readReport, ReportWriter, type StepReport } from './step-message.ts';

/** What a step came to, the same on all workers. */
export interface SharedStep extends StepResult {
  /** [B] */
  readonly labels: Float32Array;
  /** [B], where rows have weights. */
  readonly weights?: Float32Array | undefined;
  /** Whether some worker was asked to stop. */
  readonly stops: boolean;
}

/** What a worker exchanged with the others. */
export interface Exchange {
  /** Bytes a step to all others together, by what they are: `mlp` for parameters outside the tables, or the kind of a table. */
  readonly sentBytesPerStep: Readonly<Record<string, number>>;
  /** Spent in messages of steps, and waiting for those of others. */
  readonly seconds: number;
  /** Spent in updating its copy of the model, which every worker does with the gradients of all. Absent with one shard, where it is not timed. */
  readonly repeatedSeconds?: number | undefined;
}

export interface ShardedStepOptions {
  readonly shards: number;
  readonly communicator?: Communicator | undefined;
  /** Whether gradients outside the tables are added up by the communicator's own reduction; false by default. */
  readonly fastReduce?: boolean | undefined;
}

/**
 * Steps on batches that are cut into shards. Each worker computes its shards; the gradients of all are added along one binary tree over the
 * shards, whoever computed them; each worker updates its copy of the model with the sum. The result does not depend on the number of workers.
 */
export class ShardedStep {
  readonly #model: Dlrm;
  readonly #options: ShardedStepOptions;
  readonly #layout: GradientLayout;
  readonly #dense: DenseReduction | undefined;
  readonly #mergers: readonly RowMerger[];
  readonly #rows: RowExchange | undefined;
  readonly #owners: OwnerGradients | undefined;
  readonly #writer = new ReportWriter();
  readonly #sent = new Map<string, number>();
  #steps = 0;
  #exchangeMs = 0;
  #repeatedMs = 0;
  #excludedMs = 0;

  constructor(model: Dlrm, options: ShardedStepOptions) {
    const { communicator } = options;
    this.#model = model;
    this.#options = options;
    this.#layout = model.gradientLayout;
    this.#mergers = this.#layout.tables.map(({ cols }) => new RowMerger(cols));
    this.#rows = RowExchange.for(model, communicator);
    if (!communicator || communicator.size === 1) return;
    const length = this.#layout.dense.reduce((sum, parameter) => sum + parameter.length, 0);
    this.#dense = new DenseReduction(length, communicator);
    // Where gradients are clipped, every worker measures all of them.
    const isClipped = model.config.optimizer.clipNorm !== undefined;
    if (this.#rows && !isClipped) this.#owners = new OwnerGradients(this.#layout, communicator);
  }

  get exchange(): Exchange {
    const { kind } = this.#layout.tables.find(({ sharded }) => sharded) ?? {};
    const all = new Map(this.#sent);
    const numbers = (this.#rows?.sentNumbers ?? 0) + (this.#owners?.sentNumbers ?? 0);
    if (kind !== undefined) all.set(kind, (all.get(kind) ?? 0) + 4 * numbers);
    const sent = [...all].map(([name, bytes]) => [name, bytes / Math.max(this.#steps, 1)] as const);
    return {
      sentBytesPerStep: Object.fromEntries(sent),
      seconds: this.#exchangeMs / 1000,
      repeatedSeconds: this.#repeatedMs / 1000,
    };
  }

  /** Which rows of a batch of so many this worker needs. */
  readonly part = (rows: number): BatchSpan => {
    const { spans, start, end } = this.#ownShards(rows);
    return start === end ? { start: 0, end: 0 } : { start: spans[start]!.start, end: spans[end - 1]!.end };
  };

  /**
   * @param batch the rows of this worker's part
   * @param options.rows of the whole batch
   * @param options.stops whether this worker was asked to stop
   */
  async run(
    batch: Batch,
    options: {
      readonly rows: number;
      readonly learningRate: number | LearningRates;
      readonly stops: boolean;
    },
  ): Promise<SharedStep> {
    const { rows, learningRate, stops } = options;
    const weights = batch.weights && (await this.#gathered(batch.weights, rows));
    const weight = weightOfRows({ size: rows, weights });
    const found = await this.#compute(batch, rows, weight);
    const own = { ...found, labels: batch.labels, stops };
    const { reports, gradients } = this.#dense
      ? await this.#exchange(own, this.#dense, rows)
      : { reports: [own], gradients: found.gradients[0]! };
    const start = performance.now();
    await this.#model.applyGradients(gradients, { learningRate });
    this.#repeatedMs += performance.now() - start;
    const whole = (name: 'losses' | 'logits' | 'labels') =>
      joined(
        reports.map((report) => report[name]),
        rows,
      );
    return {
      loss: meanLoss(whole('losses'), weight),
      logits: whole('logits'),
      labels: whole('labels'),
      weights,
      stops: reports.some((report) => report.stops),
    };
  }

  /** The shards of a batch, and which of them are this worker's. */
  #ownShards(rows: number) {
    const spans = shardSpans(rows, this.#options.shards);
    const { rank, size } = this.#options.communicator ?? { rank: 0, size: 1 };
    return { spans, ...shardsOf(rank, size, spans.length) };
  }

  /** Numbers of all rows, from those of each worker. */
  async #gathered(own: Float32Array, rows: number): Promise<Float32Array> {
    if (!this.#dense) return own;
    return joined(await this.#timed(() => this.#options.communicator!.allgatherv(own)), rows);
  }

  async #compute(batch: Batch, rows: number, batchWeight: number): Promise<PartResult> {
    const { spans, start, end } = this.#ownShards(rows);
    const fetched = this.#rows;
    if (fetched) await this.#timed(() => fetched.fetch(start === end ? undefined : batch.features));
    if (start === end) return { losses: NONE, logits: NONE, gradients: [] };
    const first = spans[start]!.start;
    return this.#model.shardGradients(batch, {
      batchWeight,
      shards: spans.length,
      first: start,
      spans: spans.slice(start, end).map((span) => ({ start: span.start - first, end: span.end - first })),
    });
  }

  async #exchange(
    { gradients, ...own }: PartResult & Pick<StepReport, 'labels' | 'stops'>,
    dense: DenseReduction,
    rows: number,
  ): Promise<{ readonly reports: readonly StepReport[]; readonly gradients: HostGradients }> {
    const { fastReduce = false, shards } = this.#options;
    const communicator = this.#options.communicator!;
    const starts = subtreeStarts(communicator.size, shardSpans(rows, shards).length);
    const owners = this.#owners;
    const shared = owners?.withoutSharded(gradients) ?? gradients;
    this.#count(shared, dense);
    const delivered = owners && (await this.#timed(() => owners.deliver(gradients, starts)));
    const [reduced, part] = fastReduce
      ? [await this.#timed(() => dense.allreduced(gradients)), NONE]
      : [undefined, await this.#timed(() => dense.ownPart(gradients, starts))];
    const message = this.#writer.write({ ...own, part }, shared);
    const messages = await this.#timed(() => communicator.allgatherv(message));
    const reports = messages.map((words, rank) => readReport(words, this.#layout, starts[rank]!));
    const tables = this.#mergers.map((merger, t) =>
      merger.merge(delivered?.get(t) ?? reports.flatMap(({ tables }) => tables[t]!)),
    );
    const whole = reduced ?? dense.joined(reports.map((report) => report.part));
    return { reports, gradients: { dense: whole, tables } };
  }

  /** Leaves out of the time spent waiting what this thread did meanwhile, such as reading. */
  exclude(ms: number): void {
    this.#excludedMs += ms;
  }

  async #timed<Result>(work: () => Promise<Result>): Promise<Result> {
    const clock = () => performance.now() - this.#excludedMs;
    const start = clock();
    const result = await work();
    this.#exchangeMs += clock() - start;
    return result;
  }

  /** What each of the others gets: its part of the numbers outside the tables and the sum of this worker's, and all rows. */
  #count(gradients: PartResult['gradients'], dense: DenseReduction): void {
    const { rank, size } = this.#options.communicator!;
    const add = (kind: string, numbers: number) =>
      this.#sent.set(kind, (this.#sent.get(kind) ?? 0) + 4 * numbers);
    this.#steps++;
    const own = dense.lengthOf(rank);
    add('mlp', gradients.length * (dense.length - own) + (size - 1) * own);
    for (const { tables } of gradients) {
      tables.forEach(({ ids, counts, values }, t) =>
        add(this.#layout.tables[t]!.kind, (size - 1) * (ids.length + (counts?.length ?? 0) + values.length)),
      );
    }
  }
}

const NONE = new Float32Array(0);

/** Numbers of the rows of all workers, in their order. */
function joined(parts: readonly Float32Array[], rows: number): Float32Array {
  const whole = new Float32Array(rows);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
