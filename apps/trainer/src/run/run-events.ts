import type { RunRecord } from '@ttrec/training';
import { TensorBoardWriter } from '@ttrec/training/run-folder';

/** The events of a run for TensorBoard, if there is a folder for them. The file is made with the first record. */
export class RunEvents {
  readonly #folder: string | undefined;
  #step = 0;
  #writer: TensorBoardWriter | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
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
