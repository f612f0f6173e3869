import type { Section } from '../chunks/chunk.ts';

/** A dense column or a feature while its source is read, chunk by chunk. A row is numbered within its chunk. */
export interface InputColumn {
  readonly name: string;
  /** Sections of a chunk, as read and as encoded. */
  readonly sections: number;
  /** Takes the cells of the loaded record. Adds nothing if it throws. @throws CellFault */
  read(row: number): void;
  /** Takes the row as one without a value. */
  readMissing(row: number): void;
  /** What was read, `rows` rows. The next chunk follows. */
  take(rows: number): Section[];
  /** Learns from the training rows what it needs to encode. */
  learn(values: ColumnValues): Promise<void>;
}

/** The values of one column, as read. */
export interface ColumnValues {
  /** Chunk by chunk; `firstRow` is one of the file. */
  chunks(): AsyncIterable<{ readonly sections: readonly Section[]; readonly firstRow: number }>;
  isTrain(row: number): boolean;
  readonly trainingRows: number;
}

/** The first section's numbers of training rows, without those that are missing. */
export async function forTrainingNumbers(values: ColumnValues, use: (value: number) => void): Promise<void> {
  for await (const { sections, firstRow } of values.chunks()) {
    const numbers = sections[0]!;
    for (let row = 0; row < numbers.length; row++) {
      const value = numbers[row]!;
      if (!Number.isNaN(value) && values.isTrain(firstRow + row)) use(value);
    }
  }
}

/** Most numbers that are sorted for quantiles. */
const MAX_SORTED = 2 ** 22;

/** The numbers of training rows, or where there are more than 2^22 rows, every second, third, … of them. */
export async function sampledNumbers(values: ColumnValues): Promise<Float64Array> {
  const every = Math.ceil(values.trainingRows / MAX_SORTED);
  const sample = new Float64Array(Math.ceil(values.trainingRows / Math.max(1, every)));
  let seen = 0;
  let taken = 0;
  await forTrainingNumbers(values, (value) => {
    if (seen++ % every === 0) sample[taken++] = value;
  });
  return sample.subarray(0, taken);
}
