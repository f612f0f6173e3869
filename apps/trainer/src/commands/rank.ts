import { Readable } from 'node:stream';
import { Command, Option } from '@commander-js/extra-typings';
import type { RawRow } from '@ttrec/data/encoding';
import { readRows, type RowFile } from '@ttrec/data/rows';
import { outputFile } from '../files/output-file.ts';
import { openRanker } from '../open-ranker.ts';
import {
  backendOption,
  badLineOption,
  checkpointOption,
  forceOption,
  kindsFromOption,
  threadsOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { kindsIn } from '../plan/own-kinds.ts';
import { engineFlags, json, list, path, positive } from '../options/values.ts';
import { rowFile, rowFormats, scoreFormat, scoreFormats, STREAM } from '../predict/row-file.ts';
import { scoreLines } from '../predict/score-lines.ts';
import { inputBytes } from '../predict/scored-rows.ts';
import { writeScores } from '../predict/write-scores.ts';

const declared = () =>
  new Command('rank')
    .description('rank candidates for one context, such as the items of a page for a user')
    .argument('<run>', 'run folder, or a file of ttrec export --format model', path)
    .requiredOption(
      '--context <json>',
      'values by column, such as \'{"user": "u1"}\'',
      (text) => json(text) as RawRow,
    )
    .requiredOption(
      '--candidates <file>',
      'a row each, CSV, JSON lines, Parquet or Criteo; - for stdin',
      path,
    )
    .option('--top <count>', 'print the best only (default: all)', positive)
    .option(
      '--keep <columns>',
      'columns of the candidates to carry along, separated by commas (default: all)',
      list,
    )
    .option('--out <file>', 'file to write, CSV or JSON lines; - for stdout', path, STREAM)
    .addOption(badLineOption())
    .addOption(
      new Option('--format <format>', 'of the candidates (default: by the name of the file)').choices(
        rowFormats,
      ),
    )
    .addOption(
      new Option('--out-format <format>', 'of the list (default: by the name of the file)').choices(
        scoreFormats,
      ),
    )
    .option('--delimiter <character>', 'of CSV candidates (default: that of the training file)')
    .addOption(checkpointOption())
    .addOption(kindsFromOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(forceOption());

type RankFlags = Omit<OptionsOf<typeof declared>, 'out'> & { readonly out?: string | undefined };

export const rankCommand = () => declared().action(rank);

/** `ttrec rank`: candidates for one context, the best first. */
async function rank(source: string, flags: RankFlags): Promise<void> {
  const { candidates, out = STREAM, top, keep } = flags;
  const file = await rowFile(source, candidates, { option: '--candidates', ...flags });
  const outFormat = scoreFormat(out, flags.outFormat);
  const options = { option: '--out', force: flags.force ?? false, inputs: [candidates, source] };
  const target = out === STREAM ? out : await outputFile(out, options);
  await using ranker = await openRanker(source, {
    ...engineFlags(flags),
    checkpoint: flags.checkpoint,
    kinds: await kindsIn(flags),
  });
  const [rows, lines]: [RawRow[], number[]] = [[], []];
  for await (const block of readRows(file, inputBytes(candidates))) {
    rows.push(...block.rows);
    lines.push(...block.lines);
  }
  const ranked = await ranker.rank(await joined(flags.context, file), rows, top === undefined ? {} : { top });
  const columns = keep ?? Object.keys(rows[0] ?? {});
  const written = scoreLines(outFormat, columns, { ranked: true });
  await writeScores(
    target,
    (async function* () {
      yield written.header;
      for (const [at, { index, logit, probability }] of ranked.entries()) {
        yield written.line({ row: rows[index]!, line: lines[index]!, logit, probability, rank: at + 1 });
      }
    })(),
  );
}

/** The context with the columns of joined files whose key it has. What is no object is left to the ranker. */
async function joined(context: RawRow, { join = [] }: RowFile): Promise<RawRow> {
  if (join.length === 0 || Object.prototype.toString.call(context) !== '[object Object]') return context;
  const bytes = Readable.from([Buffer.from(JSON.stringify(context))]);
  for await (const { rows } of readRows({ format: 'jsonl', path: '--context', join }, { bytes }))
    return rows[0]!;
  return context;
}
