import type { Batch } from '@ttrec/data';
import type { Dlrm, GradientLayout, LearningRates, StepResult } from '@ttrec/dlrm';
import type { Communicator } from './communicator.ts';
import { rowsOf, ShardSum, shardSpans, shardsOf } from './shards.ts';
import { decodeReport, encodeReport, type ShardReport } from './step-message.ts';

/** What a step came to, the same on all workers. */
export interface SharedStep extends StepResult {
  /** Whether some worker was asked to stop. */
  readonly stops: boolean;
}

/** Bytes that this worker sent, by what they are: `mlp` for parameters outside the tables, or the kind of a table. */
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
    const own = await this.#ownShards(batch, options.stops);
    const reports = this.#communicator ? await this.#exchange(own, this.#communicator) : [own];
    const sum = new ShardSum();
    for (const part of reports.flatMap(({ sums }) => sums)) sum.add(part);
    await this.#model.applyGradients(sum.total(), { learningRate: options.learningRate });
    const loss = reports.reduce(
      (total, { losses }) => losses.reduce((before, rowLoss) => before + rowLoss, total),
      0,
    );
    return {
      loss: loss / batch.size,
      logits: joined(reports.map(({ logits }) => logits)),
      stops: reports.some(({ stops }) => stops),
    };
  }

  async #ownShards(batch: Batch, stops: boolean): Promise<ShardReport> {
    const spans = shardSpans(batch.size, this.#shards);
    const { rank, size } = this.#communicator ?? { rank: 0, size: 1 };
    const { start, end } = shardsOf(rank, size, spans.length);
    const sum = new ShardSum();
    const [losses, logits]: [Float32Array[], Float32Array[]] = [[], []];
    for (let shard = start; shard < end; shard++) {
      const rows = rowsOf(batch, spans[shard]!);
      const found = await this.#model.shardGradients(rows, { batchSize: batch.size, shard });
      losses.push(found.losses);
      logits.push(found.logits);
      sum.add({ start: shard, length: 1, gradients: found.gradients });
    }
    return { losses: joined(losses), logits: joined(logits), sums: sum.parts, stops };
  }

  async #exchange(own: ShardReport, communicator: Communicator): Promise<ShardReport[]> {
    this.#count(own);
    const messages = await communicator.allgatherv(encodeReport(own));
    return messages.map((message) => decodeReport(message, this.#layout));
  }

  #count({ sums }: ShardReport): void {
    this.#steps++;
    const add = (kind: string, numbers: number) =>
      this.#sent.set(kind, (this.#sent.get(kind) ?? 0) + 4 * numbers);
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

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
