/**
 * Workers that open the same data, each of which parses a part of its file: the threads or processes of a training. A `Communicator` of
 * @ttrec/training is one.
 */
export interface ReadingWorkers {
  /** The number of this worker, from 0. */
  readonly rank: number;
  readonly size: number;
  /** How many of them run on this machine; all by default. */
  readonly sizeHere?: number | undefined;
  /** Files with fewer bytes a worker are read whole by each; 1 MiB by default. */
  readonly leastBytes?: number | undefined;
  /** Sends bytes to all. All workers call it, in the same order. @returns those of all by rank, valid until the next call */
  allgatherv(own: Uint8Array): Promise<Uint8Array[]>;
}

/** One worker reads as without any. */
export function severalOf(workers: ReadingWorkers | undefined): ReadingWorkers | undefined {
  return workers && workers.size > 1 ? workers : undefined;
}

const NOTHING = new Uint8Array(0);

/** What one of the workers has, for all of them; valid until the next message. */
export async function from(
  workers: ReadingWorkers,
  rank: number,
  own: () => Uint8Array,
): Promise<Uint8Array> {
  return (await workers.allgatherv(rank === workers.rank ? own() : NOTHING))[rank]!;
}

/** Plain data of every worker, by rank. */
export async function gathered<Value>(
  workers: ReadingWorkers,
  own: Value | undefined,
): Promise<(Value | null)[]> {
  const all = await workers.allgatherv(new TextEncoder().encode(JSON.stringify(own ?? null)));
  return all.map((text) => JSON.parse(new TextDecoder().decode(text)) as Value | null);
}
