import type { Binding, ElementType, MpiFunction } from './binding.ts';
import { error } from './error.ts';
import type { Message, MpiCommunicator, Reduction } from './mpi-communicator.ts';

/** Most bytes in one call of the library, whose counts and offsets are int32. */
const MOST = 2 ** 30;

/** Through the functions of a library. */
export class LibraryCommunicator implements MpiCommunicator {
  readonly rank: number;
  readonly size: number;
  readonly description: string;
  readonly #binding: Binding;
  /** Memory of what is received, and of parts that do not lie side by side, which grows with them. */
  #received = new Uint8Array(0);
  #sent = new Uint8Array(0);
  #isFinalized = false;

  constructor(binding: Binding, description: string) {
    this.#binding = binding;
    this.description = description;
    this.rank = this.#integer('MPI_Comm_rank');
    this.size = this.#integer('MPI_Comm_size');
  }

  async barrier(): Promise<void> {
    this.#call('MPI_Barrier', this.#binding.world);
  }

  async broadcast(data: Message, root = 0): Promise<void> {
    const { types, world } = this.#binding;
    const bytes = bytesOf(data);
    for (let start = 0; start < bytes.length; start += MOST) {
      const part = bytes.subarray(start, start + MOST);
      this.#call('MPI_Bcast', part, part.length, types.byte, root, world);
    }
  }

  async allreduce(data: Float32Array | Float64Array | Uint32Array, reduction: Reduction): Promise<void> {
    const { types, operations, world } = this.#binding;
    const type = types[elementType(data)];
    for (let start = 0; start < data.length; start += MOST / 8) {
      const part = data.subarray(start, start + MOST / 8);
      const sum = part.slice();
      this.#call('MPI_Allreduce', part, sum, part.length, type, operations[reduction], world);
      part.set(sum);
    }
  }

  async allgatherv<Data extends Message>(own: Data): Promise<Data[]> {
    const { types, world } = this.#binding;
    const counts = new Int32Array(this.size);
    requireShort(own.byteLength);
    const count = Int32Array.of(own.byteLength);
    this.#call('MPI_Allgather', count, 4, types.byte, counts, 4, types.byte, world);
    const { offsets, total } = offsetsOf(counts);
    const received = (this.#received = grown(this.#received, total));
    const sent = bytesOf(own);
    this.#call('MPI_Allgatherv', sent, sent.length, types.byte, received, counts, offsets, types.byte, world);
    return partsOf(received, { counts, offsets }, own);
  }

  async alltoallv<Data extends Message>(parts: readonly Data[]): Promise<Data[]> {
    const { types, world } = this.#binding;
    const sendCounts = Int32Array.from(parts, ({ byteLength }) => byteLength);
    const counts = new Int32Array(this.size);
    this.#call('MPI_Alltoall', sendCounts, 4, types.byte, counts, 4, types.byte, world);
    const { offsets: sendOffsets, total: sentBytes } = offsetsOf(sendCounts);
    const sent = this.#joined(parts, sendOffsets, sentBytes);
    const { offsets, total } = offsetsOf(counts);
    const received = (this.#received = grown(this.#received, total));
    const { byte } = types;
    this.#call('MPI_Alltoallv', sent, sendCounts, sendOffsets, byte, received, counts, offsets, byte, world);
    return partsOf(received, { counts, offsets }, parts[0]!);
  }

  abort(): void {
    if (!this.#isFinalized) this.#binding.call('MPI_Abort', this.#binding.world, 1);
  }

  finalize(): void {
    if (this.#isFinalized) return;
    this.#isFinalized = true;
    this.#call('MPI_Finalize');
  }

  /** The bytes of all parts: where they lie side by side, without a copy. */
  #joined(parts: readonly Message[], offsets: Int32Array, total: number): Uint8Array {
    const { buffer, byteOffset: start } = parts[0]!;
    const lie = (part: Message, to: number) =>
      part.buffer === buffer && part.byteOffset === start + offsets[to]!;
    if (parts.every(lie)) return new Uint8Array(buffer, start, total);
    const sent = (this.#sent = grown(this.#sent, total));
    parts.forEach((part, to) => sent.set(bytesOf(part), offsets[to]));
    return sent;
  }

  #integer(name: MpiFunction): number {
    const value = new Int32Array(1);
    this.#call(name, this.#binding.world, value);
    return value[0]!;
  }

  /** By default the library itself ends the process on an error; what it returns all the same is thrown. */
  #call(name: MpiFunction, ...args: readonly unknown[]): void {
    requireSuccess(name, this.#binding.call(name, ...args));
  }
}

/** @throws `mpi/call-failed` */
export function requireSuccess(name: string, code: number): void {
  if (code !== 0) throw error('call-failed', { subject: name, rule: 'must succeed', got: `error ${code}` });
}

function grown(array: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  return array.length >= bytes ? array : new Uint8Array(2 ** Math.ceil(Math.log2(bytes)));
}

function elementType(data: Float32Array | Float64Array | Uint32Array): ElementType {
  if (data instanceof Float32Array) return 'float';
  return data instanceof Float64Array ? 'double' : 'uint32';
}

function bytesOf({ buffer, byteOffset, byteLength }: Message): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

interface Places {
  readonly counts: Int32Array;
  readonly offsets: Int32Array;
}

/** Where each part starts. @throws `mpi/message-too-long` */
function offsetsOf(counts: Int32Array): { readonly offsets: Int32Array; readonly total: number } {
  let total = 0;
  const starts = Array.from(counts, (count) => {
    total += count;
    return total - count;
  });
  requireShort(total);
  return { offsets: Int32Array.from(starts), total };
}

function requireShort(bytes: number): void {
  if (bytes < 2 ** 31) return;
  throw error('message-too-long', {
    subject: 'messages of one operation',
    rule: 'must have less than 2 GiB together',
    got: bytes,
    hint: 'Store tables compressed, or send in parts.',
  });
}

/** Arrays on the memory of all, each aligned to its elements as long as all parts are multiples of them. */
function partsOf<Data extends Message>(
  received: Uint8Array,
  { counts, offsets }: Places,
  like: Data,
): Data[] {
  const make = like.constructor as new (buffer: ArrayBufferLike, start: number, length: number) => Data;
  const { BYTES_PER_ELEMENT: width } = like;
  return Array.from(counts, (count, from) => new make(received.buffer, offsets[from]!, count / width));
}
