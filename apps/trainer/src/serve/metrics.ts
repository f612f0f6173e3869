import type { Execution, ModelRepository, ServedRequest } from '@ttrec/serving/http';
import type { WorkerPool } from './worker-pool.ts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const ROWS = [1, 4, 16, 64, 128, 256, 512, 1024, 4096];
const OF_MODEL = ['model', 'version'] as const;

/** What `GET /metrics` answers, for Prometheus: what the models do, and the metrics of Node that prom-client has. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter('requests_total', 'Inference requests by the status of their answer.', [
    ...OF_MODEL,
    'code',
  ]);
  readonly #rows = this.#counter('rows_total', 'Rows scored.', OF_MODEL);
  readonly #executions = this.#counter('executions_total', 'Batches scored.', OF_MODEL);
  readonly #duration = this.#histogram('duration_seconds', 'Time from a request to its answer.', SECONDS);
  readonly #queue = this.#histogram('queue_seconds', 'Time that a request waited for a worker.', SECONDS);
  readonly #batchRows = this.#histogram('batch_rows', 'Rows of a batch.', ROWS);

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Adds the state of the models that are loaded, and of the workers. */
  watch(repository: ModelRepository, pool: WorkerPool): void {
    const registers = [this.#registry];
    const ofWorkers = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    ofWorkers('ttrec_workers', 'Workers that hold all models.', () => pool.running);
    new Counter({
      name: 'ttrec_workers_ended_total',
      help: 'Workers that ended by themselves, and whose place another took.',
      registers,
      collect() {
        this.reset();
        this.inc(pool.ended);
      },
    });
    ofWorkers('ttrec_workers_heap_bytes', 'Objects in all workers.', () => pool.memory.heapBytes);
    ofWorkers(
      'ttrec_workers_engine_bytes',
      'Buffers of the engines of all workers.',
      () => pool.memory.engineBytes,
    );
    const perVersion = (
      name: string,
      help: string,
      value: (served: ReturnType<ModelRepository['find']>) => number,
    ) =>
      new Gauge({
        name,
        help,
        labelNames: OF_MODEL,
        registers,
        collect() {
          // Versions that are gone have none.
          this.reset();
          for (const model of repository.names) {
            for (const served of repository.versions(model))
              this.set({ model, version: served.version }, value(served));
          }
        },
      });
    perVersion(
      'ttrec_model_loaded_bytes',
      'Bytes of the weights, once in each worker.',
      ({ loadedBytes }) => loadedBytes,
    );
    perVersion('ttrec_queue_rows', 'Rows that wait.', ({ batcher }) => batcher.queueRows);
  }

  readonly request = ({ model, version, status, rows, ms }: ServedRequest): void => {
    this.#requests.inc({ model, version, code: String(status) });
    this.#rows.inc({ model, version }, rows);
    this.#duration.observe({ model, version }, ms / 1000);
  };

  readonly execution = (model: string, version: string, { rows, waited }: Execution): void => {
    const labels = { model, version };
    this.#executions.inc(labels);
    this.#batchRows.observe(labels, rows);
    for (const ms of waited) this.#queue.observe(labels, ms / 1000);
  };

  async exposition(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `ttrec_inference_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram<'model' | 'version'> {
    return new Histogram({
      name: `ttrec_inference_${name}`,
      help,
      labelNames: OF_MODEL,
      buckets,
      registers: [this.#registry],
    });
  }
}
