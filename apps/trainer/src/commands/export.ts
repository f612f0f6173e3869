import { Command, Option } from '@commander-js/extra-typings';
import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { streamSafetensors, streamTorch, writeFileAtomic, type Chunks } from '@ttrec/tensor-files';
import { exportOnnx, torchState } from '@ttrec/interop';
import type { StoredModel } from '@ttrec/training/model-file';
import { inFileName } from '@ttrec/training/config';
import { openRun, openStoredModel, saveModel, saveShardedModel } from '@ttrec/training/run-folder';
import { selectEngine } from '../engines.ts';
import { usageError } from '../error.ts';
import { outputFile } from '../files/output-file.ts';
import {
  backendOption,
  checkpointOption,
  forceOption,
  jsonOption,
  kindsFromOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { bytes, path } from '../options/values.ts';
import { formatBytes, formatCount, formatPath } from '../terminal/format.ts';
import { createOutput } from '../terminal/output.ts';

const declared = () =>
  new Command('export')
    .description(
      'write the model of a run to a file, for scoring, ONNX runtimes or PyTorch; its data is not needed',
    )
    .argument('<run>', 'run folder', path)
    .addOption(
      new Option('--format <format>', 'format of the file')
        .choices(['model', 'onnx', 'safetensors', 'torch'] as const)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--tables <form>', 'tables as stored, or as computed rows (default: stored)').choices([
        'stored',
        'dense',
      ] as const),
    )
    .option('--table <name>', 'with another format than model: this table alone, as an embedding bag')
    .option(
      '--training',
      'with --format model: also what only further training needs, such as optimizer state',
    )
    .option(
      '--max-file-size <size>',
      'with --format model: split it into files of at most this size, with an index',
      bytes,
    )
    .addOption(checkpointOption())
    .option(
      '--out <file>',
      'file to write (default: model.ttrec.safetensors, .onnx, .safetensors or .pt in the run folder)',
      path,
    )
    .addOption(forceOption())
    .addOption(kindsFromOption())
    .addOption(backendOption())
    .addOption(jsonOption());

export type ExportFlags = OptionsOf<typeof declared>;
type ExportFormat = ExportFlags['format'];

export const exportCommand = () => declared().action(exportRun);

const extensions: Readonly<Record<ExportFormat, string>> = {
  model: 'ttrec.safetensors',
  onnx: 'onnx',
  safetensors: 'safetensors',
  torch: 'pt',
};

/** What the name of an index ends with. */
const INDEX = '.safetensors.index.json';

/** `ttrec export`: the model of a run, for scoring anywhere, for ONNX runtimes or for PyTorch. The data of the run is not needed. */
export async function exportRun(folder: string, flags: ExportFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const { format, tables = 'stored', table, out, force = false } = flags;
  requireOptionsOf(flags);
  const run = await openRun(resolve(folder), flags);
  const extension = flags.maxFileSize === undefined ? extensions[format] : `ttrec${INDEX}`;
  const file = await outputFile(
    out ?? join(run.files.folder, `${table === undefined ? 'model' : inFileName(table)}.${extension}`),
    {
      option: out === undefined ? undefined : '--out',
      force,
      inputs: [run.files.folder],
    },
  );
  const { backend } = await selectEngine(flags.backend ?? run.config.backend);
  try {
    const { training = false } = flags;
    const stored = await openStoredModel(run, backend, { checkpoint: flags.checkpoint, training });
    if (format === 'model') await writeModel(stored, file, flags);
    else await writeFileAtomic(file, await chunksOf(stored, format, { tables, table }));
    const { step } = stored;
    const { size: bytes } = statSync(file);
    output.result(
      `${format.padEnd(8)} ${formatBytes(bytes)}, weights of step ${formatCount(step)}: ${formatPath(file)}`,
    );
    const logOddsShift = shiftOf(stored, table);
    if (format !== 'model' && logOddsShift !== undefined) {
      const number = logOddsShift.toFixed(4);
      output.note(
        format === 'onnx'
          ? `negatives ${number} is added to the logits, for the model was trained on drawn negatives`
          : `negatives add ${number} to the logits, for the model was trained on drawn negatives`,
      );
    }
    output.record({ type: 'export', format, tables, table, file, bytes, step, logOddsShift });
  } finally {
    await backend.dispose();
  }
}

async function writeModel(stored: StoredModel, file: string, flags: ExportFlags): Promise<void> {
  const { model, step } = stored;
  const { training, maxFileSize: maxBytes } = flags;
  const options = { data: stored, step, training };
  if (maxBytes === undefined) return saveModel(model, file, options);
  const name = basename(file).slice(0, -INDEX.length);
  await saveShardedModel(model, dirname(file), { ...options, maxBytes, name });
}

/** Options of one format, which another one would leave out without a word. */
function requireOptionsOf({ format, tables, table, training, maxFileSize, out }: ExportFlags): void {
  const misplaced = (subject: string, rule: string) =>
    usageError('option-of-another-format', { subject, rule, got: `--format ${format}` });
  if (format === 'model') {
    const others = { '--tables': tables, '--table': table };
    const given = Object.entries(others).find(([, value]) => value !== undefined);
    if (given) throw misplaced(given[0], 'must go with onnx, safetensors or torch');
    if (maxFileSize === undefined || out === undefined || out.endsWith(INDEX)) return;
    const rule = `must end with ${INDEX}, for it names the index of the files`;
    throw usageError('not-an-index', { subject: '--out', rule, got: out });
  }
  if (training) throw misplaced('--training', 'must go with model');
  if (maxFileSize !== undefined) throw misplaced('--max-file-size', 'must go with model');
}

/** What turns log-odds among drawn negatives into those among all pairs; undefined for other models, and for a table alone. */
function shiftOf({ encoding }: StoredModel, table: string | undefined): number | undefined {
  return encoding && 'logOddsShift' in encoding && table === undefined ? encoding.logOddsShift : undefined;
}

async function chunksOf(
  stored: StoredModel,
  format: Exclude<ExportFormat, 'model'>,
  options: { readonly tables: 'stored' | 'dense'; readonly table?: string | undefined },
): Promise<Chunks> {
  const { model } = stored;
  if (format === 'onnx')
    return [await exportOnnx(model, { ...options, logOddsShift: shiftOf(stored, options.table) })];
  const state = torchState(model, options);
  return format === 'torch' ? streamTorch(state) : streamSafetensors(state, { format: 'pt' });
}
