import type { MpiCommunicator } from '@ttrec/mpi';
import { hostname } from 'node:os';

/** The process number of each worker, in one line a machine. Launchers print such a number when a process is killed. All processes call it. */
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
