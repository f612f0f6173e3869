/** Milliseconds over which speed is told: long enough to be read, short enough to follow. */
const WINDOW_MS = 2000;

/** Steps and rows a second over the last two seconds of training. */
export class SpeedMeter {
  #marks: { readonly time: number; readonly rows: number }[] = [];

  /** After a pause, which is no training time. */
  start(): void {
    this.#marks = [{ time: performance.now(), rows: 0 }];
  }

  /** After every step. */
  add(rows: number): void {
    const time = performance.now();
    this.#marks.push({ time, rows });
    while (this.#marks.length > 2 && this.#marks[0]!.time < time - WINDOW_MS) this.#marks.shift();
  }

  read(): { readonly stepsPerSecond: number; readonly rowsPerSecond: number } {
    const [first, ...steps] = this.#marks;
    const seconds = first === undefined ? 0 : (this.#marks.at(-1)!.time - first.time) / 1000;
    if (seconds === 0) return { stepsPerSecond: 0, rowsPerSecond: 0 };
    const rows = steps.reduce((sum, mark) => sum + mark.rows, 0);
    return { stepsPerSecond: steps.length / seconds, rowsPerSecond: rows / seconds };
  }
}
