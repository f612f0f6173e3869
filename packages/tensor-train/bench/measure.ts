/** Seconds of some runs of one thing. */
export interface Timing {
  readonly median: number;
  readonly best: number;
  /** Median of the CPU time of the whole process, which other programs on the machine disturb less. */
  readonly cpu: number;
  readonly runs: number;
}

/** Runs a function once to warm up, and then `runs` times. */
export function measure(run: () => void, runs: number): Timing {
  run();
  const samples = Array.from({ length: runs }, () => {
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    run();
    const { user, system } = process.cpuUsage(cpuStart);
    return { wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 };
  });
  const wall = samples.map((sample) => sample.wall).sort((a, b) => a - b);
  const cpu = samples.map((sample) => sample.cpu).sort((a, b) => a - b);
  return { median: wall[runs >> 1]!, best: wall[0]!, cpu: cpu[runs >> 1]!, runs };
}
