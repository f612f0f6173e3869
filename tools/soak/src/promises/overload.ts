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
/** The heap grows to the size that a load needs, and code is compiled: memory counts after as long under the same load as it is watched. */
const SECONDS = { warmUp: 60, watched: 60 };
const QUICK_SECONDS = { warmUp: 4, watched: 4 };
const MIB = 2 ** 20;

/** Three times what the server can take: what is accepted is answered in time, the rest is refused, and memory stays. */
export const overload: Trial = async (setting) => {
  const { isQuick, note, server } = setting;
  // Other programs also take the cores of what collects garbage, which is not counted as waiting.
  const isBusy = loadavg()[0]! > 1.5 * availableParallelism();
  const bodies = Array.from({ length: 16 }, () => rankingBody(ROWS));
  const capacity = await capacityOf(setting, bodies, isQuick ? 1 : 5);
  const rate = OVERLOAD * capacity;
  note(`it takes ${Math.round(capacity)} requests of ${ROWS} rows a second; it gets ${Math.round(rate)}`);
  const { warmUp, watched } = isQuick ? QUICK_SECONDS : SECONDS;
  const warm = await openLoop(setting, bodies, rate, warmUp);
  const before = await server.eventLoop();
  const memory: number[] = [];
  const watching = setInterval(() => {
    void server.metrics().then((metrics) => memory.push(metrics.get('process_resident_memory_bytes') ?? NaN));
  }, 500);
  const sent = [...warm, ...(await openLoop(setting, bodies, rate, watched))];
  clearInterval(watching);
  const { turns, utilization } = await server.eventLoop();
  const longest = Math.max(...[...before.turns, ...turns].map(([late]) => late));
  const [p99, own] = [
    turns.map(([late]) => late),
    turns.map(([late, waited]) => Math.max(0, late - waited)),
  ].map((delays) => delays.toSorted((a, b) => a - b)[Math.floor(0.99 * delays.length)]!);
  const answered = sent.filter(({ status }) => status === 200);
  const refused = sent.filter(({ status }) => status === 503);
  const others = sent.filter(({ status }) => status !== 200 && status !== 503);
  // As the server sees it: the client, which shares the machine, is late itself.
  const late = server.accessLog.map(
    ({ url, ms }) => ms - Number(/\?deadline=(\d+)/.exec(url)?.[1] ?? Infinity),
  );
  const worst = late.reduce((most, each) => Math.max(most, each), -Infinity);
  const third = Math.ceil(memory.length / 3);
  const [first, last] = [median(memory.slice(0, third)), median(memory.slice(-third))];
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
      late.length >= sent.length && worst < TIMERS + longest,
      `at most ${worst.toFixed(0)} ms past it; event loop delay at most ${longest.toFixed(0)} ms`,
    ),
    finding(
      `overload: memory is flat over ${watched} s, after ${warmUp} s of the same`,
      last < first * 1.05 + 16 * MIB,
      `${(first / MIB).toFixed(0)} to ${(last / MIB).toFixed(0)} MiB`,
    ),
    finding(
      'overload: event loop delay below 20 ms (p99), less the time without a core',
      isBusy ? undefined : own! < 20,
      `${own!.toFixed(1)} ms; ${p99!.toFixed(1)} ms with it, utilization ${utilization.toFixed(2)}${isBusy ? ', on a machine that was busy before' : ''}`,
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
