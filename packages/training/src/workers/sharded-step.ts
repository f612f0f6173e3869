import type { Batch } from '@ttrec/data';
import {
  meanLoss,
  weightOfRows,
  type Dlrm,
  type GradientLayout,
  type HostGradients,
  type LearningRates,
  type StepResult,
} from '@ttrec/dlrm';
import type { Communicator } from './communicator.ts';
import { joined, joinedParts, partLayout, partOf } from './gradient-parts.ts';
import { rowsOf, ShardSum, shardSpans, shardsOf, type PartialSum } from './shards.ts';
import { decodeReport, encodeReport, type ShardReport } from './step-message.ts';

/** What a step came to, the same on all workers. */
export interface SharedStep extends StepResult {
  /** Whether some worker was asked to stop. */
  readonly stops: boolean;
}

/** Bytes that this worker sent to all others together, by what they are: `mlp` for parameters outside the tables, or the kind of a table. */
export type SentBytes = Readonly<Record<string, number>>;

/**
 * Steps on batches that are cut into shards. Each worker computes its shards, all exchange the sums of their gradients, and each
 * updates its copy of the model with the sum of all. The result does not depend on the number of workers.
 */
export class ShardedStep {
  readonly #model: Dlrm;
  readonly #shards: number;
  readonly #communicator: Communicator | undefined;
  readonly #layout: GradientLayout;
  readonly #sent = new Map<string, number>();
  #steps = 0;

  constructor(
    model: Dlrm,
    options: { readonly shards: number; readonly communicator?: Communicator | undefined },
  ) {
    this.#model = model;
    this.#shards = options.shards;
    this.#communicator = options.communicator;
    this.#layout = model.gradientLayout;
  }

  /** Bytes a step that this worker sent. */
  get sentBytes(): SentBytes {
    return Object.fromEntries([...this.#sent].map(([kind, bytes]) => [kind, bytes / this.#steps]));
  }

  /** @param batch the same for all workers @param options.stops whether this worker was asked to stop */
  async run(
    batch: Batch,
    options: { readonly learningRate: number | LearningRates; readonly stops: boolean },
  ): Promise<SharedStep> {
    const weight = weightOfRows(batch);
    const own = await this.#ownShards(batch, weight, options.stops);
    const { reports, gradients } = this.#communicator
      ? await this.#exchange(own, this.#communicator)
      : { reports: [own], gradients: sumOf([own]) };
    await this.#model.applyGradients(gradients, { learningRate: options.learningRate });
    const losses = joined(
      Float32Array,
      reports.map((report) => report.losses),
    );
    return {
      loss: meanLoss(losses, weight),
      logits: joined(
        Float32Array,
        reports.map(({ logits }) => logits),
      ),
      stops: reports.some(({ stops }) => stops),
    };
  }

  async #ownShards(batch: Batch, weight: number, stops: boolean): Promise<ShardReport> {
    const spans = shardSpans(batch.size, this.#shards);
    const { rank, size } = this.#communicator ?? { rank: 0, size: 1 };
    const { start, end } = shardsOf(rank, size, spans.length);
    const sum = new ShardSum();
    const [losses, logits]: [Float32Array[], Float32Array[]] = [[], []];
    for (let shard = start; shard < end; shard++) {
      const rows = rowsOf(batch, spans[shard]!);
      const found = await this.#model.shardGradients(rows, { batchWeight: weight, shard });
      losses.push(found.losses);
      logits.push(found.logits);
      sum.add({ start: shard, length: 1, gradients: found.gradients });
    }
    return {
      losses: joined(Float32Array, losses),
      logits: joined(Float32Array, logits),
      sums: sum.parts,
      stops,
    };
  }

  /** Each worker adds up one part of all gradients and sends the sum to all. */
  async #exchange(own: ShardReport, communicator: Communicator): Promise<Exchanged> {
    const { rank, size } = communicator;
    const layouts = Array.from({ length: size }, (_, part) => partLayout(this.#layout, part, size));
    const parts = layouts.map((_, part): ShardReport => {
      const sums = own.sums.map((sum) => ({
        ...sum,
        gradients: partOf(sum.gradients, this.#layout, part, size),
      }));
      return { ...own, sums };
    });
    this.#steps++;
    for (const [part, { sums }] of parts.entries()) if (part !== rank) this.#count(sums, 1);
    const messages = await communicator.alltoallv(parts.map(encodeReport));
    const reports = messages.map((message) => decodeReport(message, layouts[rank]!));
    const total: PartialSum = { start: 0, length: 1, gradients: sumOf(reports) };
    this.#count([total], size - 1);
    const totals = await communicator.allgatherv(encodeReport({ ...NOTHING, sums: [total] }));
    const gradients = joinedParts(
      totals.map((message, part) => decodeReport(message, layouts[part]!).sums[0]!.gradients),
    );
    return { reports, gradients };
  }

  /** @param times how many workers they are sent to */
  #count(sums: readonly PartialSum[], times: number): void {
    const add = (kind: string, numbers: number) =>
      this.#sent.set(kind, (this.#sent.get(kind) ?? 0) + 4 * times * numbers);
    for (const { gradients } of sums) {
      add(
        'mlp',
        gradients.dense.reduce((total, { length }) => total + length, 0),
      );
      gradients.sparse.forEach(({ ids, values }, p) =>
        add(this.#layout.sparse[p]!.kind, ids.length + values.length),
      );
    }
  }
}

interface Exchanged {
  /** Of all workers, with the sums of the part that this one adds up. */
  readonly reports: readonly ShardReport[];
  readonly gradients: HostGradients;
}

const NOTHING = { losses: new Float32Array(0), logits: new Float32Array(0), stops: false };

function sumOf(reports: readonly ShardReport[]): HostGradients {
  const sum = new ShardSum();
  for (const part of reports.flatMap(({ sums }) => sums)) sum.add(part);
  return sum.total();
}
