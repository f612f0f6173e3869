import { product } from '@ttrec/core';
import type { Dlrm } from '@ttrec/dlrm';
import { stateReader } from '@ttrec/embeddings';
import { pieceSpans, type LoadableTensor, type RowAccess } from '@ttrec/embeddings/model';
import type { WeightAverage } from '../fit/weight-average.ts';
import type { Communicator, Message } from './communicator.ts';

const arrays = {
  I8: Int8Array,
  U8: Uint8Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
};

/** Bytes of a tensor that are sent at a time. */
const CHUNK = 2 ** 26;

/** The workers that train a run: one leads, and decides what depends on anything but the config and the data. */
export class WorkerGroup {
  readonly communicator: Communicator | undefined;

  /** @param communicator undefined for a worker alone */
  constructor(communicator?: Communicator) {
    this.communicator = communicator;
  }

  get isLeader(): boolean {
    return (this.communicator?.rank ?? 0) === 0;
  }

  /** What the leader makes, which is sent to all as JSON. */
  async share<Value>(make: () => Value | Promise<Value>): Promise<Value> {
    if (!this.communicator) return make();
    if (!this.isLeader) return this.receive();
    const text = JSON.stringify(await make());
    await this.communicator.allgatherv(new TextEncoder().encode(text));
    return JSON.parse(text) as Value;
  }

  /** What the leader shares, for a worker that follows it. */
  async receive<Value>(): Promise<Value> {
    const [text] = await this.communicator!.allgatherv(new Uint8Array(0));
    return JSON.parse(new TextDecoder().decode(text)) as Value;
  }

  /** Gives all workers the state of the leader's model, but for sharded tables, which `leadState` has loaded. */
  async shareModel(model: Dlrm): Promise<void> {
    if (!this.communicator) return;
    const received: LoadableTensor[] = [];
    const sharded = new Set((model.sharding?.members ?? []).flatMap(({ tensors }) => tensors));
    const written = new Set(sharded);
    for (const { name, dtype, shape, data, rows } of model.state()) {
      if (sharded.has(name)) continue;
      if (rows) {
        written.add(name);
        await this.#shareRows(shape, rows);
        continue;
      }
      const length = shape.reduce((product, extent) => product * extent, 1);
      const values = this.isLeader ? await data() : new arrays[dtype](length);
      await this.#broadcast(values);
      received.push({ name, dtype, shape, data: values });
    }
    if (!this.isLeader)
      await model.loadState(stateReader(received, 'the state of worker 0'), {
        select: ({ name }) => !written.has(name),
      });
  }

  /** In pieces, so that no copy of a large table is in memory. */
  async #shareRows(shape: readonly number[], rows: RowAccess): Promise<void> {
    const width = product(shape.slice(1));
    for (const [start, end] of pieceSpans(shape)) {
      const values = this.isLeader ? await rows.read(start, end) : new Float32Array((end - start) * width);
      await this.#broadcast(values);
      if (!this.isLeader) await rows.write(start, values);
    }
  }

  /** Gives all workers the leader's average, of `count` models. */
  async shareAverage(average: WeightAverage | undefined, count = 0): Promise<void> {
    if (!this.communicator || average === undefined || count === 0) return;
    const values = this.isLeader ? average.values : await average.room();
    for (const array of values.values()) await this.#broadcast(array);
    if (!this.isLeader) average.restore(count, values);
  }

  async #broadcast({ buffer, byteOffset, byteLength }: ArrayBufferView): Promise<void> {
    const bytes: Message = new Uint8Array(buffer, byteOffset, byteLength);
    for (let start = 0; start < byteLength; start += CHUNK)
      await this.communicator!.broadcast(bytes.subarray(start, start + CHUNK));
  }
}
