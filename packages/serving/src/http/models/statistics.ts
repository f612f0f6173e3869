/** A count and the time that it took, in milliseconds. */
export interface Duration {
  count: number;
  ms: number;
}

/** Sizes of batches that are counted one by one. Larger ones are requests of one client. */
const MAX_SIZES = 512;

const none = (): Duration => ({ count: 0, ms: 0 });

/** Called for each execution of a model. */
export interface Execution {
  readonly rows: number;
  readonly ms: number;
  /** Milliseconds that each of its requests waited. */
  readonly waited: readonly number[];
}

/** What one version of a model has done. */
export class ExecutionStatistics {
  /** Rows scored. */
  rows = 0;
  /** Milliseconds since 1970. */
  lastInference = 0;
  readonly success = none();
  readonly fail = none();
  readonly queue = none();
  readonly compute = none();
  readonly batches = new Map<number, Duration>();
  onExecution: ((execution: Execution) => void) | undefined;

  /** Adds one execution of several requests. */
  execution(requests: readonly { readonly rows: number; readonly waited: number }[], ms: number): void {
    let rows = 0;
    for (const request of requests) {
      rows += request.rows;
      add(this.queue, request.waited);
    }
    add(this.compute, ms);
    if (rows <= MAX_SIZES) {
      const same = this.batches.get(rows) ?? none();
      this.batches.set(rows, same);
      add(same, ms);
    }
    this.onExecution?.({ rows, ms, waited: requests.map(({ waited }) => waited) });
  }

  /** Adds one answered request: how many rows it has scores for, 0 if it failed. */
  request(rows: number, ms: number): void {
    this.lastInference = Date.now();
    this.rows += rows;
    add(rows > 0 ? this.success : this.fail, ms);
  }

  /** As the statistics extension of the protocol has it. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { success, fail, queue, compute } = this;
    const batchStats = [...this.batches].map(([rows, time]) => ({
      batch_size: rows,
      compute_input: shown(none()),
      compute_infer: shown(time),
      compute_output: shown(none()),
    }));
    return {
      last_inference: this.lastInference,
      inference_count: this.rows,
      execution_count: compute.count,
      inference_stats: {
        success: shown(success),
        fail: shown(fail),
        queue: shown(queue),
        compute_input: shown(none()),
        compute_infer: shown(compute),
        compute_output: shown(none()),
      },
      batch_stats: batchStats,
    };
  }
}

function add(duration: Duration, ms: number): void {
  duration.count++;
  duration.ms += ms;
}

function shown({ count, ms }: Duration): { readonly count: number; readonly ns: number } {
  return { count, ns: Math.round(ms * 1e6) };
}
