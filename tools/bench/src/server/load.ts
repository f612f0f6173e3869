import autocannon from 'autocannon';
import { error } from '../error.ts';
import { quantile } from '../statistics.ts';
import type { StartedServer } from './start-server.ts';

/** autocannon looks this often whether it has all answers. */
const SAMPLE_MS = 5;

/** A server under load: rounds of requests over connections that are kept alive, each connection with one request at a time. */
export class Load {
  readonly #server: StartedServer;
  readonly #url: string;
  readonly #bodies: readonly string[];
  readonly #connections: number;
  /** 99th percentile of the latency of each round, in milliseconds. */
  readonly #p99: number[] = [];

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
    const {
      errors,
      non2xx,
      latency,
      '2xx': answered,
    } = await autocannon({
      url: this.#url,
      connections: this.#connections,
      amount,
      sampleInt: SAMPLE_MS,
      requests: this.#bodies.map((body) => ({
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })),
    });
    if (errors > 0 || non2xx > 0 || answered < amount) {
      const got = `${answered} answers of ${amount}, ${non2xx} others, ${errors} errors`;
      throw error('not-answered', { subject: this.#url, rule: 'must answer every request with 200', got });
    }
    this.#p99.push(latency.p99);
    this.#requests += amount;
    for (const [thread, ms] of this.#server.threadTimes()) {
      this.#busy.set(thread, (this.#busy.get(thread) ?? 0) + ms - (before.get(thread) ?? 0));
    }
  }

  /** What a rate does not show: the latency, and the CPU time, of which the busiest thread bounds the rate on idle cores. */
  get details(): string {
    const p99 = `p99 ${quantile(this.#p99, 0.5)} ms`;
    const times = [...this.#busy.values()];
    if (times.length === 0) return p99;
    const perRequest = (ms: number) => (ms / this.#requests).toFixed(3);
    const all = times.reduce((sum, ms) => sum + ms, 0);
    return `${p99}, CPU ${perRequest(all)} ms a request, ${perRequest(Math.max(...times))} on the busiest thread`;
  }
}
