import { setTimeout as pause } from 'node:timers/promises';
import { INFER } from '../clicks.ts';
import { closedLoop, finding, type Finding, type Trial } from '../promise.ts';

const CLIENTS = 8;
/** Memory is read so often. */
const SLICES = 20;
/** Garbage is collected twice a second, and workers say what memory they have once. */
const SETTLED_MS = 1800;
const MIB = 2 ** 20;

const kinds = [
  ['heap of the server', 'nodejs_heap_size_used_bytes'],
  ['heap of the workers', 'ttrec_workers_heap_bytes'],
  ['buffers of the engines', 'ttrec_workers_engine_bytes'],
] as const;

/** Requests by the hundred thousand: memory is at the end what it was at the start. */
export const manyRequests: Trial = async ({ server, client, bodies, isQuick }) => {
  const total = isQuick ? 4000 : 200_000;
  const readings = new Map<string, number[]>(kinds.map(([, name]) => [name, []]));
  let sent = 0;
  let failed = 0;
  for (let slice = 1; slice <= SLICES; slice++) {
    await closedLoop(
      CLIENTS,
      () => sent >= (slice / SLICES) * total,
      async () => {
        const { status } = await client.post(INFER, bodies[sent++ % bodies.length]!);
        if (status !== 200) failed++;
      },
    );
    // A reading before the workers have said what they have would be of nothing.
    if (isQuick && slice % (SLICES / 4) !== 0) continue;
    await pause(SETTLED_MS);
    const metrics = await server.metrics();
    for (const [name, values] of readings) values.push(metrics.get(name)!);
  }
  return [
    finding(`${total} requests are answered`, failed === 0, `${sent - failed} of ${sent}`),
    ...kinds.map(([what, name]) => isAsBefore(what, readings.get(name)!)),
  ];
};

/** The least of the first readings is what is in use; so is that of the last ones. */
function isAsBefore(what: string, readings: readonly number[]): Finding {
  const quarter = readings.length / 4;
  const [first, last] = [readings.slice(0, quarter), readings.slice(-quarter)].map((some) =>
    Math.min(...some),
  );
  const found = `${(first! / MIB).toFixed(1)} to ${(last! / MIB).toFixed(1)} MiB`;
  return finding(`many requests: ${what} as at the start`, last! <= first! * 1.1 + 4 * MIB, found);
}
