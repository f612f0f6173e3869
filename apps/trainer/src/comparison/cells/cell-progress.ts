import { formatBytes, formatDuration, formatMetric } from '../../terminal/format.ts';
import type { Output } from '../../terminal/output.ts';
import type { CellName, CellRecord } from './cells.ts';
import type { CellProgress } from './train-cells.ts';

/** Milliseconds between repaints of the line about the training that runs. */
const REPAINT_MS = 200;

/** A line a training, and on a terminal one that is repainted while it runs. */
export class CellProgressLines implements CellProgress {
  readonly #output: Output;
  readonly #started = performance.now();
  #shown = 0;
  #trained = 0;
  #left = '';

  constructor(output: Output) {
    this.#output = output;
  }

  step(cell: CellName, share: number): void {
    const now = performance.now();
    if (!this.#output.isTerminal || now - this.#shown < REPAINT_MS) return;
    this.#shown = now;
    this.#output.status(`${titleOf(cell)}  ${Math.round(100 * share)} %${this.#left}`);
  }

  done(record: CellRecord, { done, of }: { readonly done: number; readonly of: number }): void {
    if (record.sameAs === undefined) this.#trained++;
    const perTraining = (performance.now() - this.#started) / 1000 / Math.max(1, this.#trained);
    const left = of - done;
    this.#left = left > 0 && this.#trained > 0 ? `  ${formatDuration(perTraining * left)} left` : '';
    const same = record.sameAs === undefined ? '' : `  (the training of ${record.sameAs})`;
    this.#output.note(
      `${done}/${of}  ${titleOf(record)}  ${formatBytes(record.bytes)}  AUC ${formatMetric(record.test.auc)}` +
        `  validation ${formatMetric(record.validation?.auc)}${same}${this.#left}`,
    );
  }

  unreachable(arm: string, budget: string, reason: string): void {
    this.#output.note(`${arm}, ${budget}, is left out: ${reason}`);
  }
}

function titleOf({ arm, budget, seed, trial }: CellName): string {
  return `${arm}, ${budget}, ${trial === undefined ? `seed ${seed}` : `trial ${trial}`}`;
}
