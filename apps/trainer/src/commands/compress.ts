import { Command } from '@commander-js/extra-typings';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isTtrecError } from '@ttrec/core';
import type { TableConfig } from '@ttrec/embeddings';
import { streamSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import { tableFileContent } from '@ttrec/embeddings/compress';
import type { Matmul } from '@ttrec/tensor-train';
import { hostMatmul } from '../host-matmul.ts';
import { inFileName, parseConfig, tableSchema, type KindModules } from '@ttrec/training/config';
import { kindsOf, openRun } from '@ttrec/training/run-folder';
import { compressRows, type CompressRowsOptions } from '../compress/compress-rows.ts';
import { compressRun, type CompressJob } from '../compress/compress-run.ts';
import { compressTables } from '../compress/compress-tables.ts';
import { compressText } from '../compress/compress-text.ts';
import { openMatrix } from '../compress/open-matrix.ts';
import { progressTo } from '../compress/compress-progress.ts';
import { readCounts } from '../compress/read-counts.ts';
import { selectEngine } from '../engines.ts';
import { renamed, usageError } from '../error.ts';
import { outputFile } from '../files/output-file.ts';
import {
  backendOption,
  forceOption,
  jsonOption,
  kindsFromOption,
  type OptionsOf,
} from '../options/shared-options.ts';
import { bytes, json, list, natural, path, positive } from '../options/values.ts';
import { requireKinds } from '../plan/own-kinds.ts';
import { formatPath } from '../terminal/format.ts';
import { createOutput, type Output } from '../terminal/output.ts';

const declared = () =>
  new Command('compress')
    .description(
      'store one trained table in another kind, as close to its rows as possible, or all tables of a run',
    )
    .argument('<input>', 'safetensors, npy or PyTorch file, or a run folder', path)
    .option(
      '--table <name>',
      'table to compress (default: the only one of a file; all of a run with --bytes, else its largest dense one)',
    )
    .option(
      '--bytes <size>',
      'choose the best table of at most this size, such as 2MB or 16MiB; for a run without --table, of the whole model',
      bytes,
    )
    .option('--kind <kinds>', 'with --bytes: kinds to choose from, such as tt,hash (default: all)', list)
    .option('--config <json>', 'the config of the table, such as {"kind":"tt","ranks":16}', json)
    .addOption(kindsFromOption())
    .option(
      '--weights <file>',
      'npy file of how often each row is read (default for a run: counted in its training rows)',
      path,
    )
    .option('--fine-tune <steps>', 'gradient steps on the reconstruction error', positive)
    .option('--seed <seed>', 'seed of the rows that these steps draw', natural)
    .addOption(backendOption())
    .option('--out <path>', 'file or run folder to write (default: beside the input)', path)
    .addOption(forceOption())
    .addOption(jsonOption());

export type CompressFlags = OptionsOf<typeof declared>;

export const compressCommand = () => declared().action(compress);

/** `ttrec compress`: a trained table of a file or a run, stored in another way. */
export async function compress(input: string, flags: CompressFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  requireTarget(flags);
  const isRun = await isFolder(input);
  const kinds = await kindsFor(input, isRun, flags);
  const work = workOf(flags, isRun);
  const target = chosen(flags, kinds);
  const weights = flags.weights === undefined ? undefined : await readCounts(resolve(flags.weights));
  const { backend } = await selectEngine(flags.backend ?? 'auto');
  try {
    const options: CompressRowsOptions = {
      ...target,
      kinds,
      backend,
      matmul: await fastMatmul(output),
      onProgress: progressTo(output),
    };
    const { table, out, force } = flags;
    const job: CompressJob = {
      input,
      options,
      weights,
      output,
      table,
      out,
      inputs: [input, ...(flags.weights === undefined ? [] : [flags.weights])],
      force: force ?? false,
    };
    output.record(await work(job));
  } catch (thrown) {
    throw renamed(thrown, 'bytes', '--bytes');
  } finally {
    await backend.dispose();
  }
}

/** A size for a run is that of the whole model, unless a table is named. */
function workOf({ bytes: size, table, weights }: CompressFlags, isRun: boolean) {
  if (!isRun) return compressFile;
  if (size === undefined || table !== undefined) return compressRun;
  if (weights === undefined) return compressTables;
  throw usageError('bad-compress', {
    subject: '--weights',
    rule: 'goes with --table in a run, whose tables have rows of their own',
    got: weights,
  });
}

/** What cannot be looked at is no folder: opening it as a file tells why. */
function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function compressFile(job: CompressJob): Promise<object> {
  const { input, options, weights, output, table, out, inputs, force } = job;
  const path = resolve(input);
  const { name, rows } = await openMatrix(path, table, weights);
  try {
    const target = await outputFile(out ?? besideInput(path, name), {
      option: out === undefined ? undefined : '--out',
      force,
      inputs,
    });
    const compressed = await compressRows(rows, { ...options, name });
    const { bag, config, bytes, denseBytes, report, fineTuned } = compressed;
    output.result(compressText(name, compressed));
    const content = tableFileContent(bag, name);
    await writeFileAtomic(target, streamSafetensors(content.tensors, content.metadata, target));
    output.result(`\nfile   ${formatPath(target)}`);
    return { type: 'compressed', file: target, table: name, config, bytes, denseBytes, ...report, fineTuned };
  } finally {
    rows.close();
  }
}

/** `model.pt` and the table `item`: `model.item.safetensors`. The name of a table may hold what no name of a file does. */
function besideInput(path: string, table: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.${inFileName(table)}.safetensors`);
}

/** A fast product, which decompositions are many times faster with; a note tells where there is none. */
async function fastMatmul(output: Output): Promise<Matmul | undefined> {
  try {
    return await hostMatmul();
  } catch (thrown) {
    output.note(
      `neither native code nor WebAssembly runs here, so that decompositions take longer: ${String(thrown)}`,
    );
    return undefined;
  }
}

/** The kinds of tables that the command names, or else those of the run. */
async function kindsFor(
  input: string,
  isRun: boolean,
  { kindsFrom }: CompressFlags,
): Promise<KindModules | undefined> {
  if (kindsFrom !== undefined) return kindsOf(kindsFrom);
  return isRun ? (await openRun(resolve(input))).config.kinds : undefined;
}

/** @throws `trainer/bad-table`, `trainer/unknown-kind` */
function chosen(
  flags: CompressFlags,
  own: KindModules | undefined,
): Pick<CompressRowsOptions, 'table' | 'budget' | 'fineTune'> {
  const { kind: kinds, bytes, config, fineTune: steps, seed } = flags;
  requireKinds('--kind', kinds, own);
  return {
    table: config === undefined ? undefined : checkedTable(config, own),
    budget: bytes === undefined ? undefined : { bytes, kinds },
    fineTune: steps === undefined ? undefined : { steps, seed },
  };
}

function checkedTable(table: unknown, own: KindModules | undefined): TableConfig {
  try {
    return parseConfig(tableSchema(own?.kinds), table, '--config');
  } catch (thrown) {
    throw isTtrecError(thrown) ? usageError('bad-table', thrown.parts) : thrown;
  }
}

function requireTarget({ bytes, config, kind }: CompressFlags): void {
  if ((bytes === undefined) === (config === undefined)) {
    const rule = 'needs either --bytes, with --kind if you like, or --config';
    throw usageError('bad-compress', { subject: 'compress', rule });
  }
  if (config !== undefined && kind !== undefined) {
    throw usageError('bad-compress', {
      subject: '--kind',
      rule: 'goes with --bytes, not with --config',
      got: kind,
    });
  }
}
