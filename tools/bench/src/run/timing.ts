import { loadavg } from 'node:os';
import { quantile } from '../statistics.ts';

/** One contender's part of one pair. */
export interface Sample {
  /** Median over the steps. */
  readonly secondsPerStep: number;
  readonly fastest: number;
  readonly steps: number;
  /** Load average of the machine over the last minute. */
  readonly load: number;
}

const WARM_UP = 2;
const LEAST_STEPS = 5;

/** Steps one after another, as the peers' scripts time theirs: two to warm up, then at least five and `seconds`. */
export async function timeSteps(step: (i: number) => Promise<unknown>, seconds: number): Promise<Sample> {
  const times: number[] = [];
  let total = 0;
  for (let i = 0; times.length < LEAST_STEPS || total < seconds; i++) {
    const start = performance.now();
    await step(i);
    const time = (performance.now() - start) / 1000;
    if (i < WARM_UP) continue;
    times.push(time);
    total += time;
  }
  return {
    secondsPerStep: quantile(times, 0.5),
    fastest: Math.min(...times),
    steps: times.length,
    load: loadavg()[0]!,
  };
}
