/** What can be sent. */
export type Message = Float32Array | Float64Array | Uint32Array | Int32Array | Uint8Array;

export type Reduction = 'sum' | 'max' | 'min';

/**
 * The workers that train one model together. Every worker calls the same operations in the same order, with the same type of array;
 * each resolves when the worker has all of its result. Arrays that were sent may be reused then; what was received is valid until the next
 * operation.
 *
 * When a worker fails, the operations of the others reject or their processes end, within seconds.
 */
export interface Communicator {
  /** The number of this worker, from 0. */
  readonly rank: number;
  /** W, the number of workers. */
  readonly size: number;
  /** What carries the messages: `threads`, `Open MPI 4.1.4, started by mpirun`. */
  readonly description: string;
  /** Resolves when every worker has called it. */
  barrier(): Promise<void>;
  /** Overwrites `data` with that of worker `root`, 0 by default. All arrays have the same length. */
  broadcast(data: Message, root?: number): Promise<void>;
  /** Replaces each number by its sum, maximum or minimum over the workers. The order of a sum is the library's. */
  allreduce(data: Float32Array | Float64Array | Uint32Array, reduction: Reduction): Promise<void>;
  /** Sends an array of any length to all. @returns those of all workers, by rank */
  allgatherv<Data extends Message>(own: Data): Promise<Data[]>;
  /** Sends part r to worker r. @returns what each worker sent to this one, by rank */
  alltoallv<Data extends Message>(parts: readonly Data[]): Promise<Data[]>;
  /** Ends the work of all workers: this one has failed. */
  abort(reason: string): void;
}
