import { access, constants } from 'node:fs/promises';
import { fileCall, makeFolder } from '@ttrec/tensor-files/files';
import type { RunRecord } from '@ttrec/training/records';
import { TensorBoardWriter } from '@ttrec/training/run-folder';

/** The events of a run for TensorBoard, if there is a folder for them. The file is made with the first record. */
export class RunEvents {
  readonly #folder: string | undefined;
  #step = 0;
  #writer: TensorBoardWriter | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Makes the folder, so that one that cannot be written to is refused before data is read. @throws `tensor-files/cannot-write` */
  async prepare(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return;
    await fileCall('write', folder, async () => {
      await makeFolder(folder);
      await access(folder, constants.W_OK);
    });
  }

  /** Training begins after this step. */
  start(step: number): void {
    this.#step = step;
  }

  /** @throws `tensor-files/cannot-write` */
  async add(record: RunRecord): Promise<void> {
    if (this.#folder === undefined) return;
    this.#writer ??= await TensorBoardWriter.open(this.#folder, this.#step);
    await this.#writer.add(record);
  }

  async close(): Promise<void> {
    await this.#writer?.close();
  }
}
