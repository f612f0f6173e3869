/** Seconds of some runs of one thing. */
export interface Timing {
  readonly median: number;
  readonly best: number;
  readonly runs: number;
}

/** Runs a function once to warm up, and then at least `runs` times and `seconds` long. */
export function measure(
  run: () => void,
  { runs, seconds }: { readonly runs: number; readonly seconds: number },
): Timing {
  run();
  const times: number[] = [];
  let total = 0;
  while (times.length < runs || total < seconds) {
    const start = performance.now();
    run();
    const time = (performance.now() - start) / 1000;
    times.push(time);
    total += time;
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1]!, best: times[0]!, runs: times.length };
}
