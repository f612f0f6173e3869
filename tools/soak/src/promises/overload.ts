import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from '../client.ts';
import { INFER, rankingBody } from '../clicks.ts';
import { closedLoop, finding, median, type Setting, type Trial } from '../promise.ts';

/** How much more is sent than the server can take. */
const OVERLOAD = 3;
/** Rows of a request: the server works harder than the client. */
const ROWS = 400;
const DEADLINES = [2000, 20];
/** What timers may add to a deadline, in milliseconds, beside the longest delay of the event loop. */
const TIMERS = 50;
const TICK_MS = 5;
const MIB = 2 ** 20;

/** Three times what the server can take: what is accepted is answered in time, the rest is refused, and memory stays. */
export const overload: Trial = async (setting) => {
  const { isQuick, note, server } = setting;
  const isBusy = loadavg()[0]! > 1.5 * availableParallelism();
  const bodies = Array.from({ length: 16 }, () => rankingBody(ROWS));
  const capacity = await capacityOf(setting, bodies, isQuick ? 1 : 5);
  const rate = OVERLOAD * capacity;
  note(`it takes ${Math.round(capacity)} requests of ${ROWS} rows a second; it gets ${Math.round(rate)}`);
  const memory: number[] = [];
  const lag = { p99: 0, max: 0 };
  const watching = setInterval(() => {
    void server.metrics().then((metrics) => {
      const ms = (of: string) => 1000 * metrics.get(`nodejs_eventloop_lag_${of}_seconds`)!;
      lag.p99 = Math.max(lag.p99, ms('p99'));
      lag.max = Math.max(lag.max, ms('max'));
      memory.push(metrics.get('process_resident_memory_bytes') ?? NaN);
    });
  }, 500);
  const sent = await openLoop(setting, bodies, rate, isQuick ? 4 : 60);
  clearInterval(watching);
  const answered = sent.filter(({ status }) => status === 200);
  const refused = sent.filter(({ status }) => status === 503);
  const others = sent.filter(({ status }) => status !== 200 && status !== 503);
  // As the server sees it: the client, which shares the machine, is late itself.
  const late = server.accessLog.map(
    ({ url, ms }) => ms - Number(/\?deadline=(\d+)/.exec(url)?.[1] ?? Infinity),
  );
  const worst = late.reduce((most, each) => Math.max(most, each), -Infinity);
  const half = Math.floor(memory.length / 2);
  const [before, after] = [median(memory.slice(0, half)), median(memory.slice(half))];
  return [
    finding(
      'overload: every request is answered with 200 or 503',
      others.length === 0 && answered.length > 0 && refused.length > 0,
      `${answered.length} and ${refused.length} of ${sent.length}${others[0] ? `, first other: ${others[0].status} ${others[0].text}` : ''}`,
    ),
    finding(
      'overload: 503 has Retry-After',
      refused.every(({ headers }) => headers['retry-after'] !== undefined),
      `${refused.filter(({ headers }) => headers['retry-after'] !== undefined).length} of ${refused.length}`,
    ),
    finding(
      `overload: nothing waits beyond its deadline (${DEADLINES.join(' and ')} ms)`,
      late.length >= sent.length && worst < TIMERS + lag.max,
      `at most ${worst.toFixed(0)} ms past it; event loop delay at most ${lag.max.toFixed(0)} ms`,
    ),
    finding(
      'overload: memory is flat',
      after < before * 1.15 + 16 * MIB,
      `${(before / MIB).toFixed(0)} to ${(after / MIB).toFixed(0)} MiB`,
    ),
    finding(
      'overload: event loop delay below 20 ms (p99)',
      isBusy ? undefined : lag.p99 < 20,
      `${lag.p99.toFixed(1)} ms${isBusy ? ', on a machine that was busy before' : ''}`,
    ),
  ];
};

/** Requests that the server answers in a second when each client waits for its answer. */
async function capacityOf({ client }: Setting, bodies: readonly string[], seconds: number): Promise<number> {
  let count = 0;
  const end = performance.now() + 1000 * seconds;
  await closedLoop(
    8,
    () => performance.now() > end,
    async () => {
      const { status, text } = await client.post(INFER, bodies[count++ % bodies.length]!);
      if (status !== 200) throw new Error(`the server answers ${status}: ${text}`);
    },
  );
  return count / seconds;
}

/** Sends at a rate, whatever the server answers. */
async function openLoop({ client }: Setting, bodies: readonly string[], rate: number, seconds: number) {
  const answers: Promise<Answer & { readonly deadline: number }>[] = [];
  const start = performance.now();
  for (let passed = 0; passed < seconds; passed = (performance.now() - start) / 1000) {
    while (answers.length < rate * passed) {
      const deadline = DEADLINES[answers.length % DEADLINES.length]!;
      const headers = { 'x-request-timeout-ms': String(deadline) };
      const sent = client.post(
        `${INFER}?deadline=${deadline}`,
        bodies[answers.length % bodies.length]!,
        headers,
      );
      answers.push(sent.then(({ text, ...answer }) => ({ ...answer, text: text.slice(0, 200), deadline })));
    }
    await pause(TICK_MS);
  }
  return Promise.all(answers);
}
