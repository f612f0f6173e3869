import type { GradientLayout, SubtreeGradients, SubtreeRows } from '@ttrec/dlrm/shards';
import { grown } from './grown.ts';

/** What a worker tells all others of a step. */
export interface StepReport {
  /** [rows of its shards] each. */
  readonly losses: Float32Array;
  readonly logits: Float32Array;
  readonly labels: Float32Array;
  /** Its part of the sum of gradients outside the tables. */
  readonly part: Float32Array;
  /** Rows of tables: a list a table, of its subtrees. */
  readonly tables: readonly (readonly SubtreeRows[])[];
  /** Whether the worker was asked to stop. */
  readonly stops: boolean;
}

/** Words before the numbers of rows: whether to stop, rows of the batch, length of the part. */
const HEADER = 3;

/** Writes reports as messages of 32-bit words: header, numbers of rows by subtree and table, losses, logits, labels, part, rows. */
export class ReportWriter {
  #floats = new Float32Array(0);

  /** Valid until the next. */
  write(
    { losses, logits, labels, part, stops }: Omit<StepReport, 'tables'>,
    subtrees: readonly SubtreeGradients[],
  ): Uint32Array {
    const rows = subtrees.flatMap(({ tables }) => tables);
    const arrays = [
      ...[losses, logits, labels, part],
      ...rows.flatMap(({ ids, counts, values }) => (counts ? [ids, counts, values] : [ids, values])),
    ];
    const length = arrays.reduce((sum, array) => sum + array.length, HEADER + rows.length);
    this.#floats = grown(this.#floats, length);
    const words = new Uint32Array(this.#floats.buffer, 0, length);
    words.set([Number(stops), losses.length, part.length, ...rows.map(({ ids }) => ids.length)]);
    let at = HEADER + rows.length;
    for (const array of arrays) {
      words.set(new Uint32Array(array.buffer, array.byteOffset, array.length), at);
      at += array.length;
    }
    return words;
  }
}

/** Views of a message. @param starts the first shards of the sender's subtrees */
export function readReport(
  words: Uint32Array,
  { tables: layouts }: GradientLayout,
  starts: readonly number[],
): StepReport {
  const [stops, rows, length] = words as unknown as [number, number, number];
  let at = HEADER + starts.length * layouts.length;
  const take = (count: number) => words.subarray(at, (at += count));
  const floats = (count: number) => {
    const { buffer, byteOffset } = take(count);
    return new Float32Array(buffer, byteOffset, count);
  };
  const [losses, logits, labels, part] = [floats(rows), floats(rows), floats(rows), floats(length)];
  const tables: SubtreeRows[][] = layouts.map(() => []);
  starts.forEach((start, s) => {
    layouts.forEach(({ cols, counted }, t) => {
      const count = words[HEADER + s * layouts.length + t]!;
      const ids = take(count);
      const counts = counted ? take(count) : undefined;
      tables[t]!.push({ start, rows: { ids, counts, values: floats(count * cols) } });
    });
  });
  return { losses, logits, labels, part, tables, stops: stops === 1 };
}
