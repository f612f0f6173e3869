import type { MpiCommunicator } from '@ttrec/mpi';
import { hostname } from 'node:os';

/**
 * Which process of its machine each worker is, a line a machine: launchers name a process that was killed by that number. All processes call it.
 */
export async function processNumbers(processes: MpiCommunicator): Promise<string[]> {
  const own = JSON.stringify({ machine: hostname(), pid: process.pid });
  const texts = await processes.allgatherv(new TextEncoder().encode(own));
  const byMachine = new Map<string, string[]>();
  texts.forEach((text, rank) => {
    const { machine, pid } = JSON.parse(new TextDecoder().decode(text)) as { machine: string; pid: number };
    byMachine.set(machine, [...(byMachine.get(machine) ?? []), `worker ${rank} is ${pid}`]);
  });
  return [...byMachine].map(([machine, workers]) => `processes of ${machine}: ${workers.join(', ')}`);
}
