import { setTimeout as pause } from 'node:timers/promises';
import { INFER } from '../clicks.ts';
import { closedLoop, finding, type Trial } from '../promise.ts';

const CLIENTS = 4;
const PATIENCE_MS = 30_000;

/** Workers that are killed: only what they were scoring fails, with 503, and others take their places. */
export const kills: Trial = async ({ server, client, bodies, isQuick }) => {
  const times = isQuick ? 3 : 20;
  const metric = async (name: string) => (await server.metrics()).get(name)!;
  const workers = await metric('ttrec_workers');
  const ended = await metric('ttrec_workers_ended_total');
  const counts = { answered: 0, lost: 0 };
  const others: string[] = [];
  let isOver = false;
  const clients = closedLoop(
    CLIENTS,
    () => isOver,
    async (i) => {
      const { status, headers, text } = await client.post(INFER, bodies[i]!);
      if (status === 200) counts.answered++;
      else if (status === 503 && text.includes('trainer/worker-died') && headers['retry-after'])
        counts.lost++;
      else others.push(`${status} ${text}`);
    },
  );
  let replaced = 0;
  for (let kill = 0; kill < times; kill++) {
    server.child.kill('SIGUSR2');
    const end = performance.now() + PATIENCE_MS;
    const isReplaced = async () =>
      (await metric('ttrec_workers_ended_total')) > ended + kill &&
      (await metric('ttrec_workers')) === workers;
    while (!(await isReplaced()) && performance.now() < end) await pause(20);
    if (await isReplaced()) replaced++;
  }
  isOver = true;
  await clients;
  return [
    finding(`${times} workers killed under load: each is replaced`, replaced === times, `${replaced}`),
    finding(
      'kills: only what they scored fails, with 503 and Retry-After',
      others.length === 0 && counts.lost <= CLIENTS * times && counts.answered > counts.lost,
      `${counts.answered} answered, ${counts.lost} lost${others.length > 0 ? `, other: ${others[0]}` : ''}`,
    ),
  ];
};
