import { hostname } from 'node:os';
import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { followRun, runFiles } from '@ttrec/training/run-folder';
import type { Communicator } from '@ttrec/training/workers';
import { afterEach, expect, test, vi } from 'vitest';
import { prepareRun } from '../src/run/prepare-run.ts';
import { followTraining } from '../src/workers/follow-training.ts';
import { readingWorkers } from '../src/workers/reading-workers.ts';
import { describeRun } from '../src/workers/run-description.ts';
import { tinyConfig } from './tiny-config.ts';

vi.mock('../src/run/prepare-run.ts', () => ({ prepareRun: vi.fn() }));
vi.mock('@ttrec/training/run-folder', async (original) => ({
  ...(await original<object>()),
  followRun: vi.fn(),
}));

afterEach(() => {
  vi.resetAllMocks();
});

/** Worker `rank` of those that send these texts. */
function gathering(rank: number, texts: readonly string[]): Communicator {
  const all = texts.map((text) => new TextEncoder().encode(text));
  return { rank, size: all.length, allgatherv: () => Promise.resolve(all) } as unknown as Communicator;
}

test.each([[true], [false], [undefined]])(
  'a follower opens its data with the readingThread of the leader, %s, and closes it however training ends',
  async (readingThread) => {
    const config = parseConfig(trainConfigSchema, tinyConfig({}), 'tiny.json');
    const run = { config, baseDirectory: '/', files: runFiles('/run'), from: undefined, resumed: false };
    const sent = JSON.stringify(describeRun(run, readingThread));
    const [close, dispose] = [vi.fn(), vi.fn()];
    const prepared = { run, dataset: { close }, model: {}, engine: { backend: { dispose } } };
    vi.mocked(prepareRun).mockResolvedValue(prepared as never);
    vi.mocked(followRun).mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error('stopped'));
    const follow = () => followTraining(gathering(1, [sent, '']));
    await follow();
    expect(vi.mocked(prepareRun).mock.calls[0]![0]).toMatchObject({ readingThread });
    expect(close).toHaveBeenCalledTimes(1);
    await expect(follow()).rejects.toThrow('stopped');
    expect(close).toHaveBeenCalledTimes(2);
    expect(dispose).toHaveBeenCalledTimes(2);
  },
);

test('workers of other machines are not counted among those of this one', async () => {
  const communicator = gathering(2, ['elsewhere', hostname(), hostname(), 'elsewhere', 'elsewhere']);
  expect(await readingWorkers(communicator)).toMatchObject({ rank: 2, size: 5, sizeHere: 2 });
});
