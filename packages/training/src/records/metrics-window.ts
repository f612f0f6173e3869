import { binaryMetrics, type BinaryMetrics } from '@ttrec/dlrm';
import type { Metrics } from './run-record.ts';

/** Labels and logits of some rows, and their weights where they have them. */
export interface WindowRows<List extends ArrayLike<number> = ArrayLike<number>> {
  readonly labels: List;
  readonly logits: List;
  readonly weights?: List | undefined;
}

/** Collects labels and logits, and forgets them when asked for a result. */
export class MetricsWindow {
  #labels: number[] = [];
  #logits: number[] = [];
  #weights: number[] | undefined;

  get rows(): number {
    return this.#labels.length;
  }

  /** Whether there is a row that counts. */
  get hasWeight(): boolean {
    return this.#weights ? this.#weights.some((weight) => weight > 0) : this.rows > 0;
  }

  /** Adds rows; either all rows of a window have weights, or none. */
  add({ labels, logits, weights }: WindowRows): void {
    if (weights) this.#weights ??= [];
    for (let i = 0; i < labels.length; i++) {
      this.#labels.push(labels[i]!);
      this.#logits.push(logits[i]!);
      if (weights) this.#weights!.push(weights[i]!);
    }
  }

  /** What was added since the last `take`. */
  get contents(): WindowRows<readonly number[]> {
    return { labels: this.#labels, logits: this.#logits, weights: this.#weights };
  }

  /** Metrics of what was added since the last call. */
  take(): Metrics {
    const weights = this.#weights;
    const metrics = binaryMetrics(this.#labels, this.#logits, { fromLogits: true, weights });
    this.#weights = undefined;
    this.#labels = [];
    this.#logits = [];
    return withNulls(metrics);
  }
}

/** JSON has no NaN; null says `undefined for these rows`. */
export function withNulls(metrics: BinaryMetrics): Metrics {
  const entries = Object.entries(metrics).map(([name, value]) => [
    name,
    Number.isNaN(value) ? null : (value as number),
  ]);
  return Object.fromEntries(entries) as Metrics;
}
