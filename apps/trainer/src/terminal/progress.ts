import type { TrainingState } from '@ttrec/training';
import type { EvaluationRecord, TrainRecord } from '@ttrec/training/records';
import { formatCount, formatDuration, formatMetric } from './format.ts';
import type { Output } from './output.ts';

/** Milliseconds between repaints of the progress line. */
const REPAINT_MS = 100;
/** Milliseconds between lines where there is no terminal to repaint. */
const LINE_MS = 10_000;
const BAR_WIDTH = 20;

/** Shows how training goes: one repainted line on a terminal, a line now and then elsewhere. */
export class TrainingProgress {
  readonly #output: Output;
  readonly #totalSteps: number;
  readonly #started = performance.now();
  readonly #from: Pick<TrainingState, 'step' | 'trainingSeconds'>;
  #shown = 0;
  #loss = Number.NaN;
  /** Seconds spent waiting for batches. */
  #waited = 0;
  #latest: TrainRecord | undefined;
  #validation = '';

  /** @param from where training begins, or goes on */
  constructor(output: Output, totalSteps: number, from: Pick<TrainingState, 'step' | 'trainingSeconds'>) {
    this.#output = output;
    this.#totalSteps = totalSteps;
    this.#from = from;
    this.#shown = performance.now();
  }

  step(
    { step, trainingSeconds }: TrainingState,
    loss: number,
    { waitedSeconds }: { readonly waitedSeconds: number },
  ): void {
    this.#waited += waitedSeconds;
    // An average over some 50 steps: a single batch says little.
    this.#loss = Number.isNaN(this.#loss) ? loss : this.#loss + 0.02 * (loss - this.#loss);
    const now = performance.now();
    const isDue = now - this.#shown >= (this.#output.isTerminal ? REPAINT_MS : LINE_MS);
    if (!isDue && step !== this.#totalSteps) return;
    this.#shown = now;
    const line = this.#line(step, now) + this.#waiting(trainingSeconds);
    if (this.#output.isTerminal) this.#output.status(line);
    else this.#output.note(line);
  }

  record(record: TrainRecord | EvaluationRecord): void {
    if (record.type === 'train') {
      this.#latest = record;
      return;
    }
    const { logLoss, auc } = record.metrics;
    this.#validation = `  validation ${formatMetric(logLoss)} / ${formatMetric(auc)}`;
  }

  /** The share of the time in which training waited for data, if it is one that shows. */
  #waiting(trainingSeconds: number): string {
    const share = this.#waited / (trainingSeconds - this.#from.trainingSeconds);
    return share >= 0.01 ? `  waits for data ${Math.round(100 * Math.min(1, share))} %` : '';
  }

  #line(step: number, now: number): string {
    const perStep = (now - this.#started) / 1000 / Math.max(1, step - this.#from.step);
    const filled = Math.round((BAR_WIDTH * step) / this.#totalSteps);
    const bar = this.#output.isTerminal ? `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ` : '';
    const speed = this.#latest ? `  ${formatCount(Math.round(this.#latest.samplesPerSecond))} samples/s` : '';
    const left = formatDuration(perStep * (this.#totalSteps - step));
    return (
      `${bar}step ${formatCount(step)}/${formatCount(this.#totalSteps)}  loss ${formatMetric(this.#loss)}` +
      `  AUC ${formatMetric(this.#latest?.auc)}${speed}  ETA ${left}${this.#validation}`
    );
  }
}
