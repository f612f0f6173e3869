import { statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { createWasmMatmul } from '@ttrec/backend-wasm';
import { streamSafetensors, writeFileAtomic } from '@ttrec/tensor-files';
import type { TableConfig } from '@ttrec/embeddings';
import { compressTable, tableFileContent, type CompressOptions } from '@ttrec/planner';
import { fromFloat32Matmul } from '@ttrec/tensor-train';
import { compressRun, type CompressJob } from '../compress/compress-run.ts';
import { compressText } from '../compress/compress-text.ts';
import { openMatrix } from '../compress/open-matrix.ts';
import { progressTo } from '../compress/compress-progress.ts';
import { readCounts } from '../compress/read-counts.ts';
import { selectEngine } from '../engines.ts';
import { error } from '../error.ts';
import { createOutput, type Output } from '../terminal/output.ts';

export interface CompressFlags {
  readonly table?: string;
  readonly kind?: readonly string[];
  readonly bytes?: number;
  readonly config?: TableConfig;
  readonly weights?: string;
  readonly fineTune?: number;
  readonly seed?: number;
  readonly backend?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `ttrec compress`: a trained table of a file or a run, stored in another way. */
export async function compress(input: string, flags: CompressFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  requireTarget(flags);
  const weights = flags.weights === undefined ? undefined : await readCounts(resolve(flags.weights));
  const { backend } = await selectEngine(flags.backend ?? 'auto');
  try {
    const options: CompressOptions = {
      ...chosen(flags),
      backend,
      ...(await fastMatmul(output)),
      onProgress: progressTo(output),
    };
    const isRun = statSync(input, { throwIfNoEntry: false })?.isDirectory() ?? false;
    const { table, out } = flags;
    const job: CompressJob = {
      input,
      options,
      weights,
      output,
      ...(table === undefined ? {} : { table }),
      ...(out === undefined ? {} : { out }),
    };
    output.record(await (isRun ? compressRun(job) : compressFile(job)));
  } finally {
    await backend.dispose();
  }
}

async function compressFile({ input, options, weights, output, table, out }: CompressJob): Promise<object> {
  const path = resolve(input);
  const { name, rows } = await openMatrix(path, table, weights);
  try {
    const compressed = await compressTable(rows, { ...options, name });
    const { bag, config, bytes, denseBytes, report, fineTuned } = compressed;
    output.result(compressText(name, compressed));
    const target = resolve(
      out ?? join(dirname(path), `${basename(path, extname(path))}.${name}.safetensors`),
    );
    const content = tableFileContent(bag, name);
    await writeFileAtomic(target, streamSafetensors(content.tensors, content.metadata, target));
    output.result(`\nfile   ${target}`);
    return { type: 'compressed', file: target, table: name, config, bytes, denseBytes, ...report, fineTuned };
  } finally {
    rows.close();
  }
}

/** The WebAssembly product, which decompositions are several times faster with; where it cannot run, that is said. */
async function fastMatmul(output: Output): Promise<Pick<CompressOptions, 'matmul'>> {
  try {
    return { matmul: fromFloat32Matmul(await createWasmMatmul()) };
  } catch (thrown) {
    output.note(`WebAssembly cannot run here, so that decompositions take longer: ${String(thrown)}`);
    return {};
  }
}

function chosen({ kind, bytes, config, fineTune, seed }: CompressFlags): Omit<CompressOptions, 'backend'> {
  return {
    ...(config === undefined ? {} : { table: config }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(kind === undefined ? {} : { kinds: kind }),
    ...(fineTune === undefined
      ? {}
      : { fineTune: { steps: fineTune, ...(seed === undefined ? {} : { seed }) } }),
  };
}

function requireTarget({ bytes, config, kind }: CompressFlags): void {
  if ((bytes === undefined) === (config === undefined)) {
    const rule = 'needs either --bytes, with --kind if you like, or --config';
    throw error('bad-compress', { subject: 'compress', rule });
  }
  if (config !== undefined && kind !== undefined) {
    throw error('bad-compress', {
      subject: '--kind',
      rule: 'goes with --bytes, not with --config',
      got: kind,
    });
  }
}
