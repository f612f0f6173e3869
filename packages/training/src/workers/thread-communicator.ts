import { powerOfTwo } from '@ttrec/core';
import { error } from '../error.ts';
import type { Communicator, Message, Reduction } from './communicator.ts';

/** Memory that the threads of a group share; it can be posted to them. */
export interface ThreadGroup {
  readonly size: number;
  readonly control: SharedArrayBuffer;
  /** Two a worker, used in turn: a message is read while the next one is written. */
  readonly outboxes: readonly (readonly SharedArrayBuffer[])[];
}

/** Places in `control`, in int32. The lengths [2, W, W] of messages in bytes, by turn, sender and receiver, come after them. */
const [ARRIVED, GENERATION, FAILED, LENGTHS] = [0, 1, 2, 3];

/** Longest message in bytes: so much address space is reserved for each outbox, and memory as messages need it. */
const MAX_BYTES = 2 ** 30;

/** The memory of a group of `size` threads. */
export function createThreadGroup(size: number): ThreadGroup {
  const outbox = () => new SharedArrayBuffer(0, { maxByteLength: MAX_BYTES });
  return {
    size,
    control: new SharedArrayBuffer(4 * (LENGTHS + 2 * size * size)),
    outboxes: Array.from({ length: size }, () => [outbox(), outbox()]),
  };
}

/** Marks a worker as failed: what the others wait for, and whatever they call next, rejects. */
export function failWorker({ control }: ThreadGroup, rank: number): void {
  const state = new Int32Array(control);
  Atomics.compareExchange(state, FAILED, 0, rank + 1);
  Atomics.add(state, GENERATION, 1);
  Atomics.notify(state, GENERATION);
}

/** Workers that are threads of one process. */
export class ThreadCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly description = 'threads';
  readonly #group: ThreadGroup;
  readonly #state: Int32Array;
  /** Memory for the messages of each worker, which grows with them. */
  readonly #inboxes: ArrayBuffer[];
  #turn = 0;

  constructor(group: ThreadGroup, rank: number) {
    this.rank = rank;
    this.size = group.size;
    this.#group = group;
    this.#state = new Int32Array(group.control);
    this.#inboxes = Array.from({ length: group.size }, () => new ArrayBuffer(0));
  }

  async barrier(): Promise<void> {
    await this.#exchange([]);
  }

  async broadcast(data: Message, root = 0): Promise<void> {
    const [mine, theirs] = [this.rank === root ? data : data.subarray(0, 0), data];
    const inbox = await this.#exchange(this.#all(mine));
    if (this.rank !== root) theirs.set(inbox(root, data));
  }

  async allreduce(data: Float32Array | Float64Array | Uint32Array, reduction: Reduction): Promise<void> {
    const all = await this.allgatherv(data.slice());
    const combine = combinations[reduction];
    data.set(all[0]!);
    for (const other of all.slice(1)) {
      for (let i = 0; i < data.length; i++) data[i] = combine(data[i]!, other[i]!);
    }
  }

  async allgatherv<Data extends Message>(own: Data): Promise<Data[]> {
    const inbox = await this.#exchange(this.#all(own));
    return this.#ranks.map((from) => (from === this.rank ? own : inbox(from, own)));
  }

  async alltoallv<Data extends Message>(parts: readonly Data[]): Promise<Data[]> {
    const own = parts[this.rank]!;
    const inbox = await this.#exchange(parts.with(this.rank, own.subarray(0, 0) as Data));
    return this.#ranks.map((from) => (from === this.rank ? own : inbox(from, own)));
  }

  abort(): void {
    failWorker(this.#group, this.rank);
  }

  get #ranks(): number[] {
    return Array.from({ length: this.size }, (_, rank) => rank);
  }

  /** One message for all. */
  #all(message: Message): readonly Message[] {
    return new Array<Message>(this.size).fill(message);
  }

  /** @param parts by receiver; the same array is sent once @returns what copies the message of a worker to this one */
  async #exchange(
    parts: readonly Message[],
  ): Promise<<Data extends Message>(from: number, like: Data) => Data> {
    const turn = this.#turn;
    this.#turn = 1 - turn;
    this.#send(turn, parts);
    await this.#meet();
    return (from, like) => this.#receive(turn, from, like);
  }

  #send(turn: number, parts: readonly Message[]): void {
    const isShared = parts.every((part) => part === parts[0]);
    const sent = isShared ? parts.slice(0, 1) : parts;
    const bytes = sent.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes > MAX_BYTES) {
      throw error('message-too-long', {
        subject: 'threads',
        rule: `a message must have at most ${MAX_BYTES} bytes`,
        got: bytes,
        hint: 'Start more workers, or store tables compressed.',
      });
    }
    const outbox = this.#group.outboxes[this.rank]![turn]!;
    if (outbox.byteLength < bytes) outbox.grow(bytes);
    const target = new Uint8Array(outbox);
    let start = 0;
    for (const { buffer, byteOffset, byteLength } of sent) {
      target.set(new Uint8Array(buffer, byteOffset, byteLength), start);
      start += byteLength;
    }
    parts.forEach(({ byteLength }, to) => (this.#state[this.#lengthAt(turn, this.rank, to)] = byteLength));
    // A shared message starts at 0 for all: what is before it is told apart by the sign.
    if (isShared && parts.length > 0) this.#state[this.#lengthAt(turn, this.rank, 0)] = -1 - bytes;
  }

  #receive<Data extends Message>(turn: number, from: number, like: Data): Data {
    const length = (to: number) => this.#state[this.#lengthAt(turn, from, to)]!;
    const isShared = length(0) < 0;
    const bytes = isShared ? -1 - length(0) : length(this.rank);
    let start = 0;
    if (!isShared) for (let to = 0; to < this.rank; to++) start += length(to);
    if (this.#inboxes[from]!.byteLength < bytes) this.#inboxes[from] = new ArrayBuffer(powerOfTwo(bytes));
    const inbox = this.#inboxes[from]!;
    new Uint8Array(inbox).set(new Uint8Array(this.#group.outboxes[from]![turn]!, start, bytes));
    const make = like.constructor as new (buffer: ArrayBuffer, start: number, length: number) => Data;
    return new make(inbox, 0, bytes / like.BYTES_PER_ELEMENT);
  }

  #lengthAt(turn: number, from: number, to: number): number {
    return LENGTHS + (turn * this.size + from) * this.size + to;
  }

  /** Resolves when all workers have come here. */
  async #meet(): Promise<void> {
    this.#requireAlive();
    const state = this.#state;
    const generation = Atomics.load(state, GENERATION);
    if (Atomics.add(state, ARRIVED, 1) === this.size - 1) {
      Atomics.store(state, ARRIVED, 0);
      Atomics.add(state, GENERATION, 1);
      Atomics.notify(state, GENERATION);
    }
    while (Atomics.load(state, GENERATION) === generation)
      await Atomics.waitAsync(state, GENERATION, generation).value;
    this.#requireAlive();
  }

  /** @throws `training/worker-failed` */
  #requireAlive(): void {
    const failed = Atomics.load(this.#state, FAILED);
    if (failed === 0) return;
    throw error('worker-failed', {
      subject: `worker ${failed - 1} of ${this.size}`,
      rule: 'ended before the training did',
      hint: 'The last checkpoint is whole: continue with --resume.',
    });
  }
}

const combinations: Readonly<Record<Reduction, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};
