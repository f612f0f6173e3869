import { setTimeout as pause } from 'node:timers/promises';
import { INFER } from '../clicks.ts';
import { finding, type Trial } from '../promise.ts';

const REQUESTS = 40;

/** SIGTERM under load: what was accepted is answered, and the command ends with 0. The last trial of a server. */
export const drain: Trial = async ({ server, client, bodies }) => {
  const answers = Array.from({ length: REQUESTS }, (_, i) => client.post(INFER, bodies[i % bodies.length]!));
  await pause(20);
  const code = await server.stop();
  const all = await Promise.all(answers);
  // A connection that was not accepted before the signal is refused.
  const others = all.filter(({ status, text }) => status !== 200 && !text.includes('ECONNREFUSED'));
  const answered = all.filter(({ status }) => status === 200).length;
  const first = others[0] ? `, other: ${others[0].status} ${others[0].text}` : '';
  return [
    finding(
      'SIGTERM: what was accepted is answered',
      others.length === 0 && answered > 0,
      `${answered} of ${all.length}${first}`,
    ),
    finding('SIGTERM: the command ends with 0', code === 0, String(code)),
  ];
};
