/** Milliseconds over which speed is told: long enough to be read, short enough to follow. */
const WINDOW_MS = 2000;

interface Mark {
  readonly time: number;
  readonly rows: number;
  readonly readSeconds: number;
}

/** Speeds of the last two seconds of training. */
export class SpeedMeter {
  #marks: Mark[] = [];

  /** After a pause, which is no training time. */
  start(): void {
    this.#marks = [{ time: performance.now(), rows: 0, readSeconds: 0 }];
  }

  /** After every step. @param readSeconds in which its rows were read */
  add(rows: number, readSeconds: number): void {
    const time = performance.now();
    this.#marks.push({ time, rows, readSeconds });
    while (this.#marks.length > 2 && this.#marks[0]!.time < time - WINDOW_MS) this.#marks.shift();
  }

  /** Steps and rows a second, and the rows of a second in which rows are read. */
  read() {
    const [first, ...steps] = this.#marks;
    const seconds = first === undefined ? 0 : (this.#marks.at(-1)!.time - first.time) / 1000;
    if (seconds === 0) return { stepsPerSecond: 0, rowsPerSecond: 0, readRowsPerSecond: 0 };
    const total = (of: 'rows' | 'readSeconds') => steps.reduce((sum, mark) => sum + mark[of], 0);
    const rows = total('rows');
    return {
      stepsPerSecond: steps.length / seconds,
      rowsPerSecond: rows / seconds,
      readRowsPerSecond: rows / total('readSeconds'),
    };
  }
}
