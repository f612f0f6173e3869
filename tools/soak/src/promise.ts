import type { Client } from './client.ts';
import type { Server } from './server.ts';

/** What a server promises, as it was found. */
export interface Finding {
  readonly promise: string;
  readonly found: string;
  /** Undefined where the machine allows no judgement. */
  readonly holds: boolean | undefined;
}

export interface Setting {
  readonly server: Server;
  readonly client: Client;
  /** Bodies of requests, of 100 candidates each. */
  readonly bodies: readonly string[];
  /** Whether a short form runs. */
  readonly isQuick: boolean;
  readonly note: (text: string) => void;
}

/** Tries some promises of a server. */
export type Trial = (setting: Setting) => Promise<Finding[]>;

export function finding(promise: string, holds: boolean | undefined, found: string): Finding {
  return { promise, found, holds };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Runs clients, each of which sends one request after another until `isOver`. */
export async function closedLoop(
  clients: number,
  isOver: () => boolean,
  send: (client: number) => Promise<void>,
): Promise<void> {
  const loop = async (client: number) => {
    while (!isOver()) await send(client);
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
}
