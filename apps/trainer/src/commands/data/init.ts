import { Command } from '@commander-js/extra-typings';
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { outputFile } from '../../files/output-file.ts';
import { configPathOf, inspected, proposedConfig } from '../../inspect/proposed-config.ts';
import { forceOption, jsonOption, type OptionsOf } from '../../options/shared-options.ts';
import { path, positive } from '../../options/values.ts';
import { formatPath } from '../../terminal/format.ts';
import { createOutput } from '../../terminal/output.ts';
import { delimiterOption, labelOption } from './inspect.ts';

const declared = () =>
  new Command('init')
    .description('write the config that ttrec inspect proposes for a file')
    .argument('<file>', 'CSV, JSON lines, Parquet or a Criteo log', path)
    .addOption(labelOption())
    .addOption(delimiterOption())
    .option('--rows <count>', 'most rows to read (default: all)', positive)
    .option('--out <file>', 'the config (default: beside the file, with its name)', path)
    .addOption(forceOption())
    .addOption(jsonOption());

export const initCommand = () => declared().action(init);

/** `ttrec init`: the proposed config as a file for `ttrec train`. */
async function init(file: string, flags: OptionsOf<typeof declared>): Promise<void> {
  const { label, delimiter, rows, force = false, json = false } = flags;
  const output = createOutput({ json });
  const inputs = URL.canParse(file) ? [] : [resolve(file)];
  const out = await outputFile(flags.out ?? configPathOf(file), { option: '--out', force, inputs });
  const inspection = await inspected(file, { label, delimiter, rows }, output);
  const config = proposedConfig(file, inspection, dirname(out));
  await writeFile(out, `${JSON.stringify(config, undefined, 2)}\n`);
  for (const { at, why } of inspection.choices) output.note(`data.${at}: ${why}`);
  output.result(`wrote ${formatPath(out)}\nttrec train ${formatPath(out)}`);
  output.record({ config: out, choices: inspection.choices, warnings: inspection.warnings });
}
