import { initialState, type TrainingState } from '@ttrec/training';
import { expect, test, vi } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMetric,
  formatTable,
} from '../src/terminal/format.ts';
import { createOutput } from '../src/terminal/output.ts';
import { TrainingProgress } from '../src/terminal/progress.ts';
import { start } from './command.ts';
import { listeningOutput } from './in-process.ts';

test('bytes, counts, durations and metrics', () => {
  expect([0, 999, 1000, 123_456, 999_600, 2_160_804_928, 5.2e12].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.00 kB',
    '123 kB',
    '1.00 MB',
    '2.16 GB',
    '5.20 TB',
  ]);
  expect(formatCount(12345678)).toBe('12,345,678');
  expect([0, 59.4, 59.6, 200, 3599.7, 7500].map(formatDuration)).toEqual([
    '0s',
    '59s',
    '1m 00s',
    '3m 20s',
    '1h 00m',
    '2h 05m',
  ]);
  expect([0.123456, null, undefined].map(formatMetric)).toEqual(['0.1235', '–', '–']);
});

test('tables put numbers to the right and words to the left', () => {
  expect(
    formatTable(
      ['name', 'rows'],
      [
        ['a', '1,000'],
        ['long name', '2'],
      ],
    ),
  ).toBe('name        rows\n─────────  ─────\na          1,000\nlong name      2');
});

test('progress off a terminal says the last step, its loss, AUC, speed and validation', () => {
  const output = listeningOutput();
  const progress = new TrainingProgress(output, {
    steps: 2000,
    from: { ...initialState, step: 1998 },
    isStreamed: false,
  });
  progress.record({
    type: 'train',
    step: 1999,
    epoch: 0,
    samples: 9,
    loss: 0.5,
    auc: null,
    samplesPerSecond: 1234.4,
  });
  const step = (state: Partial<TrainingState>, loss: number) =>
    progress.step({ ...initialState, ...state }, loss, { waitedSeconds: 0, readSeconds: 0.1 });
  step({ step: 1999 }, 0.5);
  expect(output.said).toEqual([]);
  step({ step: 2000 }, 0.6);
  // 0.5 + 0.02 · (0.6 - 0.5)
  expect(output.said).toEqual(['step 2,000/2,000  loss 0.5020  AUC –  1,234 samples/s  ETA 0s']);
});

test.each([
  [false, /ETA 0s {2}waits for data 17 %$/],
  // 3 batches of 100 rows in 1.5 s of reading.
  [true, /ETA 0s {2}reads 200 rows\/s {2}waits for data 17 %$/],
])(
  'progress says what share of the time training waited for its data, and how fast it comes from disk: %s',
  (isStreamed, words) => {
    const output = listeningOutput();
    const from = { ...initialState, samples: 50, trainingSeconds: 5 };
    const progress = new TrainingProgress(output, { steps: 3, from, isStreamed });
    for (const [step, waitedSeconds] of [
      [1, 0.5],
      [2, 0.25],
      [3, 0.25],
    ] as const)
      progress.step({ ...initialState, step, samples: 50 + 100 * step, trainingSeconds: 5 + 2 * step }, 0.5, {
        waitedSeconds,
        readSeconds: 0.5,
      });
    expect(output.said).toEqual([expect.stringMatching(words)]);
  },
);

test.each([
  [0, 79],
  [40, 39],
  [3, 20],
])('a status on a terminal of %i columns keeps to one line of %i characters', (columns, shown) => {
  const written: string[] = [];
  const write = vi
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => written.push(String(text)) > 0);
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'columns');
  Object.defineProperty(process.stderr, 'columns', { value: columns, configurable: true });
  try {
    createOutput({ json: false }).status('x'.repeat(200));
  } finally {
    write.mockRestore();
    if (before) Object.defineProperty(process.stderr, 'columns', before);
    else Reflect.deleteProperty(process.stderr, 'columns');
  }
  expect(written.join('').match(/x+/)?.[0]).toHaveLength(shown);
});

test('a reader that has seen enough is no failure', async () => {
  const { child, ended } = start(['plan', '--preset', 'criteo-kaggle', '--json']);
  child.stdout!.destroy();
  const { code, stderr } = await ended;
  expect({ code, stderr: stderr.includes('EPIPE') }).toEqual({ code: 0, stderr: false });
});

test('a terminal obeys nothing of what is printed but line ends, and lines are cut', () => {
  const hostile = '\x1b[31m\x9b2J\u202e\x07a\rb\u2028c\u200b';
  const shown = '\\x1b[31m\\x9b2J\\u202e\\x07a\\rb\\u2028c\\u200b';
  const said: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
  );
  try {
    const output = createOutput({ json: false });
    output.result(`${hostile}\n${hostile}`);
    output.note(`\n\n${hostile}\nsecond line`);
    output.note('x'.repeat(1e6));
    createOutput({ json: true }).record({ [hostile]: `${hostile}\u{e0001}` });
    output.status(hostile);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  expect(said.slice(0, 2)).toEqual([`${shown}\n${shown}\n`, `\n\n${shown}\\nsecond line\n`]);
  expect(said[2]!.length).toBeLessThan(5000);
  // The same value to whoever parses it.
  expect(JSON.parse(said[3]!)).toEqual({ [hostile]: `${hostile}\u{e0001}` });
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  expect(said[3]).toMatch(/^[^\x00-\x1f\x7f-\x9f\u2028\u202e\u{e0001}]+\n$/u);
  expect(said[4]).toBe(`\r\x1b[2K${shown}`);
});

test('a cell of a table is one line and is cut', () => {
  const lines = formatTable(['name'], [['a\nb\x1b[2J'], ['y'.repeat(1e5)]]).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[2]).toBe('a\\nb\\x1b[2J');
  expect(lines[3]).toMatch(/^y{50,80}… \(100000 characters\)$/);
});
