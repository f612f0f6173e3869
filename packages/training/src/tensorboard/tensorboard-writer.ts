import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileCall, writeAll } from '@ttrec/tensor-files/files';
import type { FinalRecord, RunRecord } from '../records/run-record.ts';
import { scalarsEvent, startEvent, versionEvent, type Scalar } from './event-message.ts';
import { recordFrame } from './record-frame.ts';

/** Writes the numbers of a run's records where TensorBoard finds them. */
export class TensorBoardWriter {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Starts a file of events in a folder, which is made if need be. A run that goes on starts another file there; TensorBoard leaves out what earlier files say of
   * steps behind `step`.
   *
   * @throws `tensor-files/cannot-write`
   */
  static async open(folder: string, step: number): Promise<TensorBoardWriter> {
    const path = join(folder, `events.out.tfevents.${Date.now()}.${process.pid}.ttrec`);
    const handle = await fileCall('write', path, async () => {
      await mkdir(folder, { recursive: true });
      return open(path, 'wx');
    });
    const writer = new TensorBoardWriter(path, handle);
    await writer.#write(versionEvent(now()));
    await writer.#write(startEvent(now(), step));
    return writer;
  }

  /** Writes the numbers of a record. @throws `tensor-files/cannot-write` */
  async add(record: RunRecord): Promise<void> {
    const step = record.type === 'final' ? record.steps : record.step;
    const scalars = scalarsOf(record).filter(({ value }) => Number.isFinite(value));
    if (scalars.length > 0) await this.#write(scalarsEvent(now(), step, scalars));
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #write(event: Uint8Array): Promise<void> {
    return fileCall('write', this.path, () => writeAll(this.#handle, recordFrame(event)));
  }
}

function now(): number {
  return Date.now() / 1000;
}

function scalarsOf(record: RunRecord): Scalar[] {
  switch (record.type) {
    case 'train': {
      const { loss, auc, samplesPerSecond, epoch, caches = {} } = record;
      const hitRates = Object.entries(caches).map(
        ([table, { hitRate }]) => [`${table}/hitRate`, hitRate] as const,
      );
      return [
        ...numbers('train', { loss, auc, samplesPerSecond, epoch }),
        ...numbers('cache', Object.fromEntries(hitRates)),
      ];
    }
    case 'validation':
      return [...numbers('validation', record.metrics), ...numbers('validation/ranking', record.ranking)];
    case 'final':
      return testScalars(record);
  }
}

function testScalars({ test, tables }: FinalRecord): Scalar[] {
  return [...numbers('test', test), ...numbers('test/ranking', test.ranking), ...numbers('tables', tables)];
}

/** The fields that are numbers. */
function numbers(prefix: string, fields: object = {}): Scalar[] {
  return Object.entries(fields).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'number' ? [{ tag: `${prefix}/${name}`, value }] : [],
  );
}
