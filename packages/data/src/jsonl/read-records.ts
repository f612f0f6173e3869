import type { BadLines } from '../read/bad-lines.ts';
import type { Reading, RecordHandler } from '../records/record-handler.ts';
import { objectBlock, RowWriter } from '../records/write-rows.ts';
import { readJsonObjects } from './read-objects.ts';

/**
 * Reads JSON lines as `readJsonObjects` does. Yields between pieces of the file.
 *
 * @param wanted the columns that the handler will name
 * @throws as `readJsonObjects` does; `data/unknown-column` if no object has a wanted column
 */
export async function* readJsonRecords(
  { path, wanted }: { readonly path: string; readonly wanted: readonly string[] },
  handler: RecordHandler,
  badLines: BadLines,
  reading: Reading,
): AsyncGenerator<void> {
  const writer = new RowWriter(path, handler, wanted);
  for await (const { objects, lines } of readJsonObjects(path, badLines, reading)) {
    // Integers that a number cannot hold are text here.
    writer.write(
      objectBlock(objects, (row) => lines[row]!),
      true,
    );
    yield;
  }
  writer.finish();
}
