import { binaryMetrics, type BinaryMetrics } from '@ttrec/dlrm';
import type { Metrics } from '../records.ts';

/** Collects labels and logits, and forgets them when asked for a result. */
export class MetricsWindow {
  #labels: number[] = [];
  #logits: number[] = [];

  get rows(): number {
    return this.#labels.length;
  }

  add(labels: ArrayLike<number>, logits: ArrayLike<number>): void {
    for (let i = 0; i < labels.length; i++) {
      this.#labels.push(labels[i]!);
      this.#logits.push(logits[i]!);
    }
  }

  /** What was added since the last `take`. */
  get contents(): { readonly labels: readonly number[]; readonly logits: readonly number[] } {
    return { labels: this.#labels, logits: this.#logits };
  }

  /** Metrics of what was added since the last call. */
  take(): Metrics {
    const metrics = binaryMetrics(this.#labels, this.#logits, { fromLogits: true });
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
