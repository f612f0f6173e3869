import { Command, Option } from '@commander-js/extra-typings';
import { resolve } from 'node:path';
import type { Progress } from '@ttrec/data';
import type { Ranker } from '@ttrec/serving';
import { usageError } from '../error.ts';
import { outputFile } from '../files/output-file.ts';
import { openRanker } from '../open-ranker.ts';
import {
  backendOption,
  badLineOption,
  checkpointOption,
  forceOption,
  jsonOption,
  kindsFromOption,
  threadsOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { kindsIn } from '../plan/own-kinds.ts';
import { engineFlags, list, path, positive } from '../options/values.ts';
import { rowFile, rowFormats, scoreFormat, scoreFormats, STREAM } from '../predict/row-file.ts';
import { scoreLines, type ScoreLines } from '../predict/score-lines.ts';
import { scoredRows, type ScoredBlock, type Skipped } from '../predict/scored-rows.ts';
import { TopLists } from '../predict/top-lists.ts';
import { writeScores } from '../predict/write-scores.ts';
import { formatBytes, formatCount, formatPath, formatCounted } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

/** Milliseconds between lines about progress, where there is no terminal to repaint. */
const LINE_MS = 10_000;

const declared = () =>
  new Command('predict')
    .description('score rows without labels')
    .argument('<run>', 'run folder, or a file of ttrec export --format model', path)
    .requiredOption('--data <file>', 'rows to score, CSV, JSON lines, Parquet or Criteo; - for stdin', path)
    .option('--out <file>', 'file to write, CSV or JSON lines; - for stdout', path, STREAM)
    .option(
      '--keep <columns>',
      'columns to carry along, separated by commas (default: the line number)',
      list,
    )
    .option('--top <count>', 'keep the best rows of each group of --by only, the best first', positive)
    .option('--by <columns>', 'with --top: columns that make a group, such as user_id', list)
    .addOption(badLineOption())
    .addOption(
      new Option('--format <format>', 'of the rows (default: by the name of the file)').choices(rowFormats),
    )
    .addOption(
      new Option('--out-format <format>', 'of the scores (default: by the name of the file)').choices(
        scoreFormats,
      ),
    )
    .option('--delimiter <character>', 'of CSV rows (default: that of the training file)')
    .addOption(checkpointOption())
    .addOption(kindsFromOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(forceOption())
    .addOption(jsonOption());

export type PredictFlags = Omit<OptionsOf<typeof declared>, 'out'> & { readonly out?: string | undefined };

export const predictCommand = () => declared().action(predict);

/** `ttrec predict`: the scores of rows, in constant memory. */
export async function predict(source: string, flags: PredictFlags): Promise<void> {
  const { data, out = STREAM, keep = [], top, by, json = false } = flags;
  const isStream = out === STREAM;
  checkFlags(flags, isStream);
  const output = createOutput({ json });
  const file = await rowFile(source, data, { option: '--data', ...flags });
  const outFormat = scoreFormat(out, flags.outFormat);
  const inputs = data === STREAM ? [source] : [resolve(data), source];
  const target = isStream
    ? out
    : await outputFile(out, { option: '--out', force: flags.force ?? false, inputs });
  await using ranker = await openRanker(source, {
    ...engineFlags(flags),
    checkpoint: flags.checkpoint,
    kinds: await kindsIn(flags),
  });
  const skipped: Skipped = { count: 0, first: [], unmatched: {} };
  const counts = { rows: 0, written: 0 };
  const started = performance.now();
  const carried = [...new Set([...keep, ...(by ?? [])])];
  const lines = scoreLines(outFormat, carried, {
    ranked: top !== undefined,
    numbered: keep.length === 0 && !carried.includes('line'),
  });
  const lists = top === undefined ? undefined : new TopLists(top, by!);
  const blocks = scoredRows(ranker, file, {
    keep: carried,
    input: data,
    skipped,
    onProgress: progress(output),
  });
  await writeScores(target, textOf(blocks, lines, counts, lists));
  report(output, {
    ranker,
    out: isStream ? undefined : target,
    seconds: (performance.now() - started) / 1000,
    counts,
    skipped,
  });
}

function checkFlags({ top, by, json, outFormat }: PredictFlags, isStream: boolean): void {
  if ((top === undefined) !== (by === undefined)) {
    const [subject, other] = by === undefined ? ['--top', '--by'] : ['--by', '--top'];
    throw usageError('top-without-by', { subject, rule: `must go with ${other}`, got: `no ${other}` });
  }
  if (json && isStream) {
    throw usageError('two-outputs', {
      subject: '--json',
      rule: 'must go with --out FILE',
      got: `scores on stdout${outFormat === 'jsonl' ? ', which --out-format jsonl makes JSON' : ''}`,
    });
  }
}

/** The text of a block at a time; with `lists`, at the end. */
async function* textOf(
  blocks: AsyncIterable<ScoredBlock>,
  lines: ScoreLines,
  counts: { rows: number; written: number },
  lists: TopLists | undefined,
): AsyncGenerator<string> {
  yield lines.header;
  for await (const { rows, lines: numbers, scores } of blocks) {
    counts.rows += rows.length;
    let text = '';
    for (const [i, row] of rows.entries()) {
      const [logit, probability] = [scores.logits[i]!, scores.probabilities[i]!];
      const scored = { row, line: numbers[i]!, logit, probability };
      if (lists) lists.add(scored);
      else text += lines.line(scored);
    }
    if (!lists) counts.written += rows.length;
    yield text;
  }
  for (const scored of lists?.rows() ?? []) {
    counts.written++;
    yield lines.line(scored);
  }
}

/** Reports how far reading is. */
function progress(output: Output): (progress: Progress) => void {
  let shown = performance.now();
  return ({ rows, bytesRead = 0, totalBytes = 0 }) => {
    const now = performance.now();
    if (now - shown < (output.isTerminal ? 100 : LINE_MS)) return;
    shown = now;
    const of = totalBytes > 0 ? `, ${formatBytes(bytesRead)} of ${formatBytes(totalBytes)}` : '';
    const line = `predict: ${formatCount(rows)} rows${of}`;
    if (output.isTerminal) output.status(line);
    else output.note(line);
  };
}

function report(
  output: Output,
  {
    ranker,
    out,
    seconds,
    counts: { rows, written },
    skipped,
  }: {
    readonly ranker: Ranker;
    readonly out: string | undefined;
    readonly seconds: number;
    readonly counts: { readonly rows: number; readonly written: number };
    readonly skipped: Skipped;
  },
): void {
  if (skipped.count > 0) {
    output.note(`skipped  ${formatCounted(skipped.count, 'row')}, the first:`);
    for (const { line, rule } of skipped.first) output.note(`         line ${line}: ${rule}`);
  }
  for (const [path, count] of Object.entries(skipped.unmatched))
    output.note(`joined   ${formatCounted(count, 'row')} without a partner in ${formatPath(path)}`);
  const rate = formatCount(Math.round(rows / seconds));
  const text = `predict  ${formatCounted(rows, 'row')}, ${rate} rows/s, weights of step ${ranker.step ?? 'unknown'}`;
  if (out === undefined) output.note(text);
  else output.result(`${text}: ${formatPath(out)}`);
  output.record({
    type: 'predict',
    source: ranker.source,
    file: out,
    rows,
    written,
    skipped: skipped.count,
    unmatched: skipped.unmatched,
    rowsPerSecond: rows / seconds,
    step: ranker.step,
  });
}
