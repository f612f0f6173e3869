/** What can be sent. */
export type Message = Float32Array | Float64Array | Uint32Array | Int32Array | Uint8Array;

export type Reduction = 'sum' | 'max' | 'min';

/**
 * The processes that a launcher started. Operations are collective: every process calls the same ones in the same order. Each blocks its
 * thread until the library has done it. Arrays are passed to the library by address, without a copy.
 */
export interface MpiCommunicator {
  /** The number of this process, from 0. */
  readonly rank: number;
  /** W, the number of processes. */
  readonly size: number;
  /** The library and its version, and the launcher. */
  readonly description: string;
  /** Resolves when every process has called it. */
  barrier(): Promise<void>;
  /** Overwrites `data` with that of process `root`, 0 by default. All arrays have the same length. */
  broadcast(data: Message, root?: number): Promise<void>;
  /** Replaces each number by its sum, maximum or minimum over the processes. The order of a sum is the library's. */
  allreduce(data: Float32Array | Float64Array | Uint32Array, reduction: Reduction): Promise<void>;
  /**
   * Sends an array of any length to all.
   * @returns those of all processes, by rank; valid until the next operation
   * @throws `mpi/message-too-long`
   */
  allgatherv<Data extends Message>(own: Data): Promise<Data[]>;
  /**
   * Sends part r to process r.
   * @returns what each process sent to this one, by rank; valid until the next operation
   * @throws `mpi/message-too-long`
   */
  alltoallv<Data extends Message>(parts: readonly Data[]): Promise<Data[]>;
  /** Ends all processes at once: this one has failed. */
  abort(): void;
  /** Says goodbye to the other processes; the last call. A process that ends without it ends all. */
  finalize(): void;
}
