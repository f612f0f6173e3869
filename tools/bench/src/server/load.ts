import autocannon, { type Result } from 'autocannon';
import { error } from '../error.ts';
import { quantile, summarise } from '../statistics.ts';
import type { StartedServer } from './start-server.ts';

/** autocannon looks this often whether it has all answers. */
const SAMPLE_MS = 5;
/** Of the latency, that are reported: the median over the rounds, and their 10 % and 90 % quantiles. */
const PERCENTILES = [0.5, 0.99, 0.999];

/** A server under load: rounds of requests over connections that are kept alive, each connection with one request at a time. */
export class Load {
  readonly #server: StartedServer;
  readonly #url: string;
  readonly #bodies: readonly string[];
  readonly #connections: number;
  /** Percentiles of the latency of each round, in milliseconds. */
  readonly #latency: number[][] = [];

  #requests = 0;
  readonly #busy = new Map<string, number>();

  constructor(server: StartedServer, path: string, bodies: readonly string[], connections: number) {
    this.#server = server;
    this.#url = server.url + path;
    this.#bodies = bodies;
    this.#connections = connections;
  }

  /** Sends so many requests. @throws `bench/not-answered` unless each is answered with 200 */
  async send(amount: number): Promise<void> {
    const before = this.#server.threadTimes();
    const latencies: number[] = [];
    const {
      errors,
      non2xx,
      '2xx': answered,
    } = await new Promise<Result>((resolve, reject) => {
      const options = {
        url: this.#url,
        connections: this.#connections,
        amount,
        sampleInt: SAMPLE_MS,
        requests: this.#bodies.map((body) => ({
          method: 'POST' as const,
          body,
          headers: { 'content-type': 'application/json' },
        })),
      };
      const running = autocannon(options, (thrown: Error | null, result) =>
        thrown ? reject(thrown) : resolve(result),
      );
      // Its histogram has whole milliseconds.
      running.on('response', (_client, _status, _bytes, ms) => void latencies.push(ms));
    });
    if (errors > 0 || non2xx > 0 || answered < amount) {
      const got = `${answered} answers of ${amount}, ${non2xx} others, ${errors} errors`;
      throw error('not-answered', { subject: this.#url, rule: 'must answer every request with 200', got });
    }
    this.#latency.push(PERCENTILES.map((share) => quantile(latencies, share)));
    this.#requests += amount;
    for (const [thread, ms] of this.#server.threadTimes()) {
      this.#busy.set(thread, (this.#busy.get(thread) ?? 0) + ms - (before.get(thread) ?? 0));
    }
  }

  /** What a rate does not show: the latency, and the CPU time, of which the busiest thread bounds the rate on idle cores. */
  get details(): string {
    const latency = PERCENTILES.map((share, i) => {
      const { median, low, high } = summarise(this.#latency.map((round) => round[i]!));
      return `p${100 * share} ${median.toFixed(1)} ms (${low.toFixed(1)} to ${high.toFixed(1)})`;
    }).join(', ');
    const times = [...this.#busy.values()];
    if (times.length === 0) return latency;
    const perRequest = (ms: number) => (ms / this.#requests).toFixed(3);
    const all = times.reduce((sum, ms) => sum + ms, 0);
    return `${latency}, CPU ${perRequest(all)} ms a request, ${perRequest(Math.max(...times))} on the busiest thread`;
  }
}
