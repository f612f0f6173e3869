import { Command, Option } from '@commander-js/extra-typings';
import { commentedJson, commentsOf } from '../../inspect/commented-json.ts';
import { inspected, proposedConfig } from '../../inspect/proposed-config.ts';
import { jsonOption, type OptionsOf } from '../../options/shared-options.ts';
import { path, positive } from '../../options/values.ts';
import { formatCount, formatTable, formatCounted } from '../../terminal/format.ts';
import { createOutput } from '../../terminal/output.ts';

export const labelOption = () =>
  new Option('--label <column>', 'the column of the label, where it cannot be guessed');
export const delimiterOption = () => new Option('--delimiter <character>', 'of CSV (default: as recognised)');

const declared = () =>
  new Command('inspect')
    .description('show what the columns of a file hold, and propose a config')
    .argument('<file>', 'CSV, JSON lines, Parquet or a Criteo log', path)
    .addOption(labelOption())
    .addOption(delimiterOption())
    .option('--rows <count>', 'most rows to read (default: all)', positive)
    .addOption(jsonOption());

export const inspectCommand = () => declared().action(inspectFile);

/** `ttrec inspect`: type, values and an example of each column; a config with comments; warnings. */
async function inspectFile(file: string, flags: OptionsOf<typeof declared>): Promise<void> {
  const { label, delimiter, rows, json = false } = flags;
  const output = createOutput({ json });
  const inspection = await inspected(file, { label, delimiter, rows }, output);
  if (inspection.columns.length > 0) {
    output.result(
      `${formatCounted(inspection.rows, 'row')}, ${formatCounted(inspection.badLines.count, 'bad line')}, ${inspection.format}\n`,
    );
    output.result(
      formatTable(
        ['column', 'type', 'distinct', 'missing', 'examples', 'use', 'because'],
        inspection.columns.map(({ name, type, distinct, isDistinctExact, missing, examples, role, why }) => [
          name,
          type,
          `${isDistinctExact ? '' : '> '}${formatCount(distinct)}`,
          formatCount(missing),
          examples.join(' ').slice(0, 30),
          role,
          why,
        ]),
      ),
    );
  }
  const config = inspection.config && proposedConfig(file, inspection, '.');
  if (config) output.result(`\n${commentedJson(config, commentsOf(inspection))}\n\nttrec init writes it.`);
  else {
    const { candidates } = inspection;
    output.result(
      `\nWhich column is the label? ${candidates.length > 0 ? `It may be ${candidates.join(' or ')}. ` : ''}Give --label COLUMN for a config.`,
    );
  }
  output.record({ ...inspection, config });
}
