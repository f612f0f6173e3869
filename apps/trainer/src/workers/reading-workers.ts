import { hostname } from 'node:os';
import type { ReadingWorkers } from '@ttrec/data';
import type { Communicator } from '@ttrec/training/workers';

/** The workers as readers of data, with the number of those on this machine. All workers call it. */
export async function readingWorkers(communicator: Communicator): Promise<ReadingWorkers> {
  const { rank, size } = communicator;
  const names = await communicator.allgatherv(new TextEncoder().encode(hostname()));
  const machines = names.map((name) => new TextDecoder().decode(name));
  const sizeHere = machines.filter((machine) => machine === machines[rank]).length;
  return { rank, size, sizeHere, allgatherv: (own) => communicator.allgatherv(own) };
}
