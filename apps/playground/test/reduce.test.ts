import { describe, expect, test } from 'vitest';
import type { FromWorker, RunStart } from '../src/protocol/messages.ts';
import { defaultSettings } from '../src/settings/settings.ts';
import { reduce, type UserEvent } from '../src/state/reduce.ts';
import { initialState, KEPT_RUNS, type PageState } from '../src/state/state.ts';

const engine = {
  name: 'wasm',
  detail: 'SIMD',
  threads: 1,
  threadsReason: 'no more were asked for',
  choice: 'automatic',
  passedOver: [],
} as const;
const run: RunStart = {
  settings: defaultSettings,
  engine,
  data: {
    name: 'made-up clicks',
    rows: { train: 100, heldOut: 10 },
    tables: [],
    skippedLines: 0,
  },
  tables: [],
  fields: [],
  bestPossible: undefined,
  step: 0,
  target: 4000,
  checkpoints: { every: 200 },
  scoringOnly: undefined,
};
const problem = { code: 'data/malformed-csv', message: 'x.csv, line 3: …', hint: undefined };

function after(state: PageState, ...events: readonly FromWorker[]): PageState {
  return events.reduce((now, event) => reduce(now, { by: 'worker', event }), state);
}

function chosen(state: PageState, event: UserEvent): PageState {
  return reduce(state, { by: 'visitor', event });
}

const started: FromWorker = { type: 'started', run, loaded: undefined };

/** Points at these steps, as one report. */
function progress(steps: readonly number[], checkpoint?: number): FromWorker {
  return {
    type: 'progress',
    progress: {
      step: steps.at(-1)!,
      stepsPerSecond: 100,
      rowsPerSecond: 25_600,
      readRowsPerSecond: undefined,
      train: steps.map((step) => ({ step, loss: 1 / step })),
      heldOut: steps.map((step) => ({ step, loss: 1 / step, auc: 0.5, baseRateLoss: 0.69 })),
      checkpoint,
      engineBytes: 1e6,
    },
  };
}

describe('a run', () => {
  test('gathers the points of its reports', () => {
    const { run: now } = after(initialState, started, progress([20, 40]), progress([60]));
    expect(now!.train.map(({ step }) => step)).toEqual([20, 40, 60]);
    expect(now!.step).toBe(60);
  });

  test('that is followed by another keeps its curve, under a number of its own', () => {
    const state = after(initialState, started, progress([20]), started, progress([40]));
    expect(state.earlier.map(({ id, step }) => [id, step])).toEqual([[1, 20]]);
    expect([state.run!.id, state.run!.step]).toEqual([2, 40]);
    expect(chosen(state, { type: 'forget-run', id: 1 }).earlier).toEqual([]);
  });

  test('without a point leaves no curve behind', () => {
    expect(after(initialState, started, started).earlier).toEqual([]);
  });

  test('is the oldest to go when there are too many', () => {
    const many = Array.from({ length: KEPT_RUNS + 3 }, () => [started, progress([20])]).flat();
    const ids = after(initialState, ...many).earlier.map(({ id }) => id);
    expect(ids).toEqual([3, 4, 5, 6, 7]);
  });

  test('is gone after a reset, and its forerunners stay', () => {
    const state = after(initialState, started, progress([20]), started, { type: 'phase', phase: 'idle' });
    expect(state.run).toBeUndefined();
    expect(state.earlier).toHaveLength(1);
  });

  test('that was loaded brings its settings', () => {
    const loaded = { ...run, settings: { ...defaultSettings, kind: 'hash' } as const };
    const state = after(initialState, { type: 'started', run: loaded, loaded: 'model.safetensors' });
    expect(state.settings.kind).toBe('hash');
    expect(state.run!.loaded).toBe('model.safetensors');
  });
});

describe('a lost engine', () => {
  const lost = after(
    initialState,
    started,
    { type: 'phase', phase: 'running' },
    progress([100, 200, 300], 200),
    { type: 'phase', phase: 'lost' },
    { type: 'lost', problem, engine: 'webgpu', checkpoint: 200 },
  );

  test('is told with the checkpoint that is kept', () => {
    expect([lost.phase, lost.lost]).toEqual(['lost', { engine: 'webgpu', problem, checkpoint: 200 }]);
  });

  test('takes the curve back to the checkpoint once another goes on', () => {
    const state = after(lost, { type: 'engine', engine: { ...engine, name: 'cpu' }, step: 200 });
    expect(state.lost).toBeUndefined();
    expect(state.run!.heldOut.map(({ step }) => step)).toEqual([100, 200]);
    expect(state.run!.moves).toEqual([{ step: 200, from: 'wasm', to: 'cpu' }]);
  });

  test('tells the threads where only they have changed', () => {
    const two = { ...engine, threads: 2, threadsReason: undefined };
    const state = after(lost, { type: 'engine', engine: two, step: 200 });
    expect(state.run!.moves).toEqual([{ step: 200, from: 'wasm', to: 'wasm, 2 threads' }]);
  });
});

describe('a problem', () => {
  const running = after(initialState, started, { type: 'phase', phase: 'running' }, progress([20]));

  test('of a file leaves run, curves and settings as they are', () => {
    const state = after(running, { type: 'problem', concern: 'csv', problem });
    expect(state).toEqual({ ...running, problems: { csv: problem } });
  });

  test('is gone when it is dismissed, or when the same is asked for again', () => {
    const state = after(running, { type: 'problem', concern: 'csv', problem });
    expect(chosen(state, { type: 'dismiss', concern: 'csv' }).problems.csv).toBeUndefined();
    const asked = chosen(state, { type: 'asked', concern: 'csv', busy: 'Reading …' });
    expect([asked.problems.csv, asked.busy]).toEqual([undefined, 'Reading …']);
  });

  test('ends the waiting', () => {
    const asked = chosen(running, { type: 'asked', concern: 'model', busy: 'Writing …' });
    expect(after(asked, { type: 'problem', concern: 'model', problem }).busy).toBeUndefined();
  });
});

test('a row that is edited has no score any more', () => {
  const scored = after(
    initialState,
    started,
    { type: 'row', values: ['1', '2'], label: 1, truth: 0.4 },
    { type: 'scored', probability: 0.3, step: 20 },
  );
  expect(scored.score.result).toEqual({ probability: 0.3, step: 20 });
  const edited = chosen(scored, { type: 'edit-row', values: ['1', '3'] });
  expect(edited.score).toEqual({ values: ['1', '3'], label: undefined, truth: undefined, result: undefined });
});
