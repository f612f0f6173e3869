import { openDataset, type DataConfig, type Dataset, type ReadingWorkers, type SplitName } from '@ttrec/data';
import type { Encoding } from '@ttrec/data/encoding';
import { formatBytes, formatCount, formatCounted } from '../terminal/format.ts';
import { printable } from '@ttrec/core';
import { readRunEncoding, type Run, runFiles } from '@ttrec/training/run-folder';
import type { Output } from '../terminal/output.ts';

/** What the data of a run depends on; of one that has no folder yet, the first two. */
type RunData = Pick<Run, 'config' | 'baseDirectory'> & Partial<Pick<Run, 'files' | 'resumed' | 'from'>>;

/** Milliseconds between lines about reading, where there is no terminal to repaint. */
const LINE_MS = 5000;

/**
 * Opens the data of a run, says how far reading is, and what was found: bad lines are never passed over in silence.
 *
 * @param options.scoring when the config of the run now names other data: the run's encoding; all rows are for testing
 * @param options.known the config of its own data then, whose positives are not drawn as negatives
 * @param options.workers who open the same data, and parse a part each
 */
export async function openRunData(
  run: RunData,
  output: Output,
  options: {
    readonly scoring?: Encoding;
    readonly known?: DataConfig | undefined;
    readonly workers?: ReadingWorkers | undefined;
    readonly readingThread?: boolean | undefined;
  } = {},
): Promise<Dataset> {
  const { config, baseDirectory } = run;
  const extending = options.scoring ? undefined : await encodingToExtend(run);
  let shown = performance.now();
  let begun = { phase: '', at: shown };
  const dataset = await openDataset(config.data, {
    seed: config.seed,
    baseDirectory,
    ...options,
    extending,
    onProgress({ phase, rows, bytesRead, totalBytes }) {
      const now = performance.now();
      if (phase !== begun.phase) begun = { phase, at: now };
      if (now - shown < (output.isTerminal ? 100 : LINE_MS)) return;
      shown = now;
      const read =
        bytesRead === undefined
          ? ''
          : `, ${formatBytes(bytesRead)}${totalBytes ? ` of ${formatBytes(totalBytes)}` : ''}`;
      const seconds = (now - begun.at) / 1000;
      const rate = seconds > 0 ? `, ${formatCount(Math.round(rows / seconds))} rows/s` : '';
      const line = `${phase}: ${formatCounted(rows, 'row')}${read}${rate}`;
      if (output.isTerminal) output.status(line);
      else output.note(line);
    },
  });
  describe(dataset, output);
  return dataset;
}

/** Of a run that goes on from another: its own once it has weights that were trained with it, which holds the other's. */
async function encodingToExtend({ config, files, resumed, from }: RunData): Promise<Encoding | undefined> {
  if (from === undefined || config.data.format === 'synthetic') return undefined;
  return readRunEncoding(files && resumed ? files : runFiles(from));
}

function describe({ schema, rows, report }: Dataset, output: Output): void {
  const split = (name: SplitName) => (rows[name] > 0 ? ` ${name} ${formatCount(rows[name])}` : '');
  output.note(
    `rows    ${split('train')}${split('validation')}${split('test')}; ${formatCounted(schema.dense.length, 'dense column')}, ${formatCounted(schema.features.length, 'id feature')}`,
  );
  if (report.boundary?.isMoved) {
    const { column, validationFrom, testFrom } = report.boundary;
    const from = Math.min(validationFrom, testFrom);
    output.note(
      `split    every row is past the boundary of the config: rows with ${printable(column)} from ${from} on are held out,` +
        ' the share that was held out before',
    );
  }
  if (report.rowsAre === 'streamed') {
    const who = report.readingThread ? ', ahead of training, by a separate thread' : '';
    output.note(`rows     do not fit in memory: they are read from disk a window at a time${who}`);
  }
  for (const { table, droppedUpTo } of report.tables) {
    if (droppedUpTo === undefined) continue;
    output.note(
      `values   of table ${printable(table)} are too many to count: some that occur up to ${formatCount(droppedUpTo)} times were dropped`,
    );
  }
  if (report.negatives) {
    const { ratio, by, users, items } = report.negatives;
    output.note(
      `negatives ${ratio} for each positive row, ${by === 'uniform' ? 'all items alike' : 'by popularity'}, of ${formatCounted(items, 'item')} and ${formatCounted(users, 'user')}`,
    );
  }
  const { count, first } = report.badLines;
  if (count === 0) return;
  output.note(`skipped  ${formatCounted(count, 'bad line')}, the first:`);
  for (const { file, line, column, rule, got } of first) {
    const place = `${file}:${line}${column === undefined ? '' : `, ${printable(column)}`}`;
    output.note(`         ${place}: ${rule}, got ${printable(String(got))}`);
  }
}
