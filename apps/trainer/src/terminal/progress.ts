import type { ReadTimes, TrainingState } from '@ttrec/training';
import type { EvaluationRecord, TrainRecord } from '@ttrec/training/records';
import { formatCount, formatDuration, formatMetric } from './format.ts';
import type { Output } from './output.ts';

/** Milliseconds between repaints of the progress line. */
const REPAINT_MS = 100;
/** Milliseconds between lines where there is no terminal to repaint. */
const LINE_MS = 10_000;
const BAR_WIDTH = 20;

type Start = Pick<TrainingState, 'step' | 'samples' | 'trainingSeconds'>;

/** Shows how training goes: one repainted line on a terminal, a line now and then elsewhere. */
export class TrainingProgress {
  readonly #output: Output;
  readonly #totalSteps: number;
  readonly #started = performance.now();
  readonly #from: Start;
  #shown = 0;
  #loss = Number.NaN;
  /** Whether rows come from disk. */
  readonly #isStreamed: boolean;
  /** Seconds spent waiting for batches, and those in which they were read. */
  #waited = 0;
  #reading = 0;
  #latest: TrainRecord | undefined;
  #validation = '';

  /** @param run.from where training begins, or goes on */
  constructor(
    output: Output,
    run: { readonly steps: number; readonly from: Start; readonly isStreamed: boolean },
  ) {
    this.#output = output;
    this.#totalSteps = run.steps;
    this.#from = run.from;
    this.#isStreamed = run.isStreamed;
    this.#shown = performance.now();
  }

  step(state: TrainingState, loss: number, { waitedSeconds, readSeconds }: ReadTimes): void {
    const { step } = state;
    this.#waited += waitedSeconds;
    this.#reading += readSeconds;
    // An average over some 50 steps: a single batch says little.
    this.#loss = Number.isNaN(this.#loss) ? loss : this.#loss + 0.02 * (loss - this.#loss);
    const now = performance.now();
    const isDue = now - this.#shown >= (this.#output.isTerminal ? REPAINT_MS : LINE_MS);
    if (!isDue && step !== this.#totalSteps) return;
    this.#shown = now;
    const line = this.#line(step, now) + this.#readingOf(state);
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

  /** How fast rows are read from disk, and the share of the time in which training waited for them, if it is one that shows. */
  #readingOf({ samples, trainingSeconds }: TrainingState): string {
    const rate = (samples - this.#from.samples) / this.#reading;
    const speed = this.#isStreamed ? `  reads ${formatCount(Math.round(rate))} rows/s` : '';
    const share = this.#waited / (trainingSeconds - this.#from.trainingSeconds);
    return speed + (share >= 0.01 ? `  waits for data ${Math.round(100 * Math.min(1, share))} %` : '');
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
