import type { Scratch } from '../chunks/scratch.ts';
import type { OpenOptions } from '../config/open-options.ts';
import type { DatasetReport, OpenedDataset } from '../dataset.ts';
import { nodeModule } from '../node-module.ts';
import { ReadingThread } from './reading-thread.ts';
import { withSharedArrays } from './shared-arrays.ts';
import { batchSource, type BatchSource, type StreamedRows } from './streamed-rows.ts';

/** How batches are read, and where. */
export type RowAccess = Pick<OpenedDataset, 'batches' | 'close'> &
  Pick<DatasetReport, 'rowsAre' | 'readingThread'>;

export function inMemory(batches: OpenedDataset['batches']): RowAccess {
  return { rowsAre: 'in memory', readingThread: false, batches, close: () => Promise.resolve() };
}

/** Rows in scratch, read by a separate thread, or by the calling one. */
export function openStreamed(
  given: StreamedRows,
  scratch: Scratch,
  options: Pick<OpenOptions, 'readingThread' | 'workers'>,
): RowAccess & Pick<BatchSource, 'rows'> {
  const workerUrl = workerUrlFor(options);
  const readingThread = workerUrl !== false;
  const streamed = readingThread ? withSharedArrays(given) : given;
  const source = batchSource(streamed, scratch);
  const { rows } = source;
  const thread = readingThread ? new ReadingThread(streamed, rows, workerUrl) : undefined;
  const reader = thread ?? source;
  return {
    rowsAre: 'streamed',
    readingThread,
    rows,
    batches: (of) => reader.batches(of),
    async close() {
      await thread?.close();
      await scratch.close();
    },
  };
}

/** The address of the worker; undefined in Node, where the package contains it; false without a reading thread. */
function workerUrlFor({
  readingThread,
  workers,
}: Pick<OpenOptions, 'readingThread' | 'workers'>): string | undefined | false {
  const os = nodeModule('node:os');
  if (os === undefined || nodeModule('node:worker_threads') === undefined)
    return typeof readingThread === 'object' && readingThread.workerUrl;
  if (typeof readingThread === 'boolean') return readingThread ? undefined : false;
  // Other runtimes don't share open files among threads.
  if ('bun' in process.versions || 'deno' in process.versions) return false;
  return os.availableParallelism() > (workers?.sizeHere ?? workers?.size ?? 1) ? undefined : false;
}
