import { rowBlocks, type RowSource } from '../../rows/row-source.ts';

/** The largest magnitude of the rows, or so many standard deviations where that is less. */
export async function rangeOf(source: RowSource, deviations: number): Promise<number> {
  let [largest, squares] = [0, 0];
  for await (const { values } of rowBlocks(source)) {
    for (const value of values) {
      largest = Math.max(largest, Math.abs(value));
      squares += value * value;
    }
  }
  const deviation = Math.sqrt(squares / (source.numEmbeddings * source.embeddingDim));
  return Math.min(largest, deviations * deviation || largest);
}
