import type { Batch } from '@ttrec/data';
import {
  meanLoss,
  RowMerger,
  weightOfRows,
  type Dlrm,
  type GradientLayout,
  type HostGradients,
  type LearningRates,
  type PartResult,
  type StepResult,
} from '@ttrec/dlrm';
import type { Communicator } from './communicator.ts';
import { DenseReduction } from './dense-reduction.ts';
import { rowsOf, shardSpans, shardsOf, subtreeStarts } from './shards.ts';
import { readReport, ReportWriter, type StepReport } from './step-message.ts';

/** What a step came to, the same on all workers. */
export interface SharedStep extends StepResult {
  /** Whether some worker was asked to stop. */
  readonly stops: boolean;
}

/** What a worker exchanged with the others. */
export interface Exchange {
  /** Bytes a step to all others together, by what they are: `mlp` for parameters outside the tables, or the kind of a table. */
  readonly sentBytesPerStep: Readonly<Record<string, number>>;
  /** In messages of steps, and waiting for those of others. */
  readonly seconds: number;
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
  readonly #writer = new ReportWriter();
  readonly #sent = new Map<string, number>();
  #steps = 0;
  #exchangeMs = 0;

  constructor(model: Dlrm, options: ShardedStepOptions) {
    const { communicator } = options;
    this.#model = model;
    this.#options = options;
    this.#layout = model.gradientLayout;
    this.#mergers = this.#layout.tables.map(({ cols }) => new RowMerger(cols));
    const lengths = this.#layout.dense.map(({ length }) => length);
    if (communicator && communicator.size > 1) this.#dense = new DenseReduction(lengths, communicator);
  }

  get exchange(): Exchange {
    const sent = [...this.#sent].map(([kind, bytes]) => [kind, bytes / this.#steps]);
    return { sentBytesPerStep: Object.fromEntries(sent), seconds: this.#exchangeMs / 1000 };
  }

  /** @param batch the same for all workers @param options.stops whether this worker was asked to stop */
  async run(
    batch: Batch,
    options: { readonly learningRate: number | LearningRates; readonly stops: boolean },
  ): Promise<SharedStep> {
    const weight = weightOfRows(batch);
    const own = await this.#ownShards(batch, weight);
    const { reports, gradients } = this.#dense
      ? await this.#exchange(own, { dense: this.#dense, stops: options.stops, rows: batch.size })
      : { reports: [{ ...own, stops: options.stops }], gradients: own.gradients[0]! };
    await this.#model.applyGradients(gradients, { learningRate: options.learningRate });
    const [losses, logits] = [new Float32Array(batch.size), new Float32Array(batch.size)];
    let at = 0;
    for (const report of reports) {
      losses.set(report.losses, at);
      logits.set(report.logits, at);
      at += report.logits.length;
    }
    return { loss: meanLoss(losses, weight), logits, stops: reports.some(({ stops }) => stops) };
  }

  async #ownShards(batch: Batch, weight: number): Promise<PartResult> {
    const spans = shardSpans(batch.size, this.#options.shards);
    const { rank, size } = this.#options.communicator ?? { rank: 0, size: 1 };
    const { start, end } = shardsOf(rank, size, spans.length);
    if (start === end) return { losses: new Float32Array(0), logits: new Float32Array(0), gradients: [] };
    const [first, last] = [spans[start]!.start, spans[end - 1]!.end];
    return this.#model.shardGradients(rowsOf(batch, { start: first, end: last }), {
      batchWeight: weight,
      shards: spans.length,
      first: start,
      spans: spans.slice(start, end).map((span) => ({ start: span.start - first, end: span.end - first })),
    });
  }

  async #exchange(
    { losses, logits, gradients }: PartResult,
    of: { readonly dense: DenseReduction; readonly stops: boolean; readonly rows: number },
  ): Promise<{ readonly reports: readonly StepReport[]; readonly gradients: HostGradients }> {
    const { fastReduce = false, shards } = this.#options;
    const { dense, stops } = of;
    const communicator = this.#options.communicator!;
    const starts = subtreeStarts(communicator.size, shardSpans(of.rows, shards).length);
    this.#count(gradients, dense);
    const [reduced, part] = fastReduce
      ? [await this.#timed(dense.allreduced(gradients)), new Float32Array(0)]
      : [undefined, await this.#timed(dense.ownPart(gradients, starts))];
    const message = this.#writer.write({ losses, logits, part, stops }, gradients);
    const messages = await this.#timed(communicator.allgatherv(message));
    const reports = messages.map((words, rank) => readReport(words, this.#layout, starts[rank]!));
    const tables = this.#mergers.map((merger, t) =>
      merger.merge(reports.flatMap(({ tables }) => tables[t]!)),
    );
    const whole = reduced ?? dense.joined(reports.map((report) => report.part));
    let at = 0;
    const parameters = this.#layout.dense.map(({ length }) => whole.subarray(at, (at += length)));
    return { reports, gradients: { dense: parameters, tables } };
  }

  async #timed<Result>(work: Promise<Result>): Promise<Result> {
    const start = performance.now();
    const result = await work;
    this.#exchangeMs += performance.now() - start;
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
