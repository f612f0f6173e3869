import { checkpoints, INFER } from '../clicks.ts';
import { closedLoop, finding, type Trial } from '../promise.ts';

interface Scored {
  readonly model_version: string;
  readonly outputs: readonly [{ readonly data: readonly number[] }];
}

/** Reloads while requests run: none fails, and each answer has the scores of the version that it names. */
export const reloads: Trial = async ({ client, bodies, isQuick }) => {
  const body = bodies[0]!;
  const known = new Map<string, string>();
  const failures: string[] = [];
  const counts = { answers: 0, wrong: 0 };
  const times = isQuick ? 6 : 100;
  let isLoading = true;
  const clients = closedLoop(
    4,
    () => !isLoading,
    async () => {
      const { status, text } = await client.post(INFER, body);
      if (status !== 200) return void failures.push(`${status} ${text}`);
      const { model_version: version, outputs } = JSON.parse(text) as Scored;
      const scores = JSON.stringify(outputs[0].data);
      counts.answers++;
      if (scores !== (known.get(version) ?? scores)) counts.wrong++;
      known.set(version, scores);
    },
  );
  for (let i = 0; i < times; i++) {
    const parameters = { checkpoint: checkpoints[i % checkpoints.length] };
    const { status, text } = await client.post(
      '/v2/repository/models/clicks/load',
      JSON.stringify({ parameters }),
    );
    if (status !== 200) failures.push(`load: ${status} ${text}`);
  }
  isLoading = false;
  await clients;
  return [
    finding(
      `${times} reloads under load: no request fails`,
      failures.length === 0,
      `${counts.answers} answered, ${failures.length} failed${failures.length > 0 ? `, the first: ${failures[0]}` : ''}`,
    ),
    finding(
      'reloads: each answer has the scores of the version that it names',
      counts.wrong === 0 && known.size === checkpoints.length && new Set(known.values()).size === known.size,
      `${counts.wrong} differ, versions ${[...known.keys()].sort().join(', ')}`,
    ),
  ];
};
