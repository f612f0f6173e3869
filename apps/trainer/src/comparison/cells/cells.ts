import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableSpec } from '@ttrec/embeddings';
import { openNpy, writeFileAtomic } from '@ttrec/tensor-files';
import { ifPresent, makeFolder } from '@ttrec/tensor-files/files';
import { encodeNpy } from '@ttrec/tensor-files/npy';
import type { PairedRun, PairedSeed, Setting } from '@ttrec/training/compare';
import { readJsonFile, writeJson } from '@ttrec/training/run-folder';

/** One training of a comparison. */
export interface CellName {
  readonly arm: string;
  /** The label of a budget. */
  readonly budget: string;
  /** From 1 on. */
  readonly seed: number;
  /** Of a training that only chooses a setting, from 1 on. */
  readonly trial?: number | undefined;
}

/** What a training came to: one file of a comparison. */
export interface CellRecord extends CellName, Omit<PairedRun, 'labels' | 'logits' | 'weights'> {
  readonly type: 'cell';
  /** Of all tables together. */
  readonly bytes: number;
  readonly tables: readonly { readonly name: string; readonly config: TableSpec['config'] }[];
  readonly setting: Setting;
  readonly seeds: PairedSeed;
  /** The same training done for another arm or trial, whose result this is. */
  readonly sameAs?: string;
  /** The candidate that measuring chose. */
  readonly chosen?: string | undefined;
  /** What decides the result; equal for equal trainings. */
  readonly key: string;
  readonly testRows: number;
  /** The files of test labels and logits, and of the weights of rows that have them. */
  readonly predictions: { readonly labels: string; readonly logits: string; readonly weights?: string };
}

/** The records and predictions of a comparison's trainings, in its folder; each is written whole or not at all. */
export class CellStore {
  readonly #folder: string;
  readonly #cells = new Map<string, CellRecord>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads the records that are there. */
  static async open(folder: string): Promise<CellStore> {
    const store = new CellStore(folder);
    const cells = join(folder, 'cells');
    for (const name of (await ifPresent(readdir(cells))) ?? []) {
      if (!name.endsWith('.json')) continue;
      const record = (await readJsonFile(join(cells, name))) as CellRecord;
      store.#cells.set(fileName(record), record);
    }
    return store;
  }

  get isEmpty(): boolean {
    return this.#cells.size === 0;
  }

  get(cell: CellName): CellRecord | undefined {
    return this.#cells.get(fileName(cell));
  }

  /** A training that was done with this key. */
  trainedAs(key: string): CellRecord | undefined {
    return [...this.#cells.values()].find((record) => record.key === key && record.sameAs === undefined);
  }

  /** A training of the arm whose tables were chosen by measuring. */
  measuredAt(budget: string, split: number): CellRecord | undefined {
    return [...this.#cells.values()].find(
      (record) => record.chosen !== undefined && record.budget === budget && record.seeds.split === split,
    );
  }

  async add(record: CellRecord): Promise<void> {
    await makeFolder(join(this.#folder, 'cells'));
    await writeJson(join(this.#folder, 'cells', `${fileName(record)}.json`), record);
    this.#cells.set(fileName(record), record);
  }

  /** @returns the name of the file */
  async savePredictions(stem: string, values: Float32Array | Uint8Array): Promise<string> {
    const name = `${stem}.npy`;
    const path = join(this.#folder, 'predictions', name);
    const dtype = values instanceof Uint8Array ? 'U8' : 'F32';
    await makeFolder(join(this.#folder, 'predictions'));
    await writeFileAtomic(path, encodeNpy({ dtype, shape: [values.length], data: values }));
    return name;
  }

  /** Undefined if they were not kept. */
  async predictions(name: string): Promise<ArrayLike<number> | undefined> {
    const path = join(this.#folder, 'predictions', name);
    if (!existsSync(path)) return undefined;
    const file = await openNpy(path);
    try {
      return (await file.read()) as ArrayLike<number>;
    } finally {
      await file.close();
    }
  }
}

export function fileName({ arm, budget, seed, trial }: CellName): string {
  const place = `${arm}@${budget.replaceAll(' ', '-')}`;
  return trial === undefined ? `${place}.seed-${seed}` : `${place}.trial-${trial}`;
}
