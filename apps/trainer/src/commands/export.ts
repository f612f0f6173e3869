import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { streamSafetensors, streamTorch, writeFileAtomic, type Chunks } from '@ttrec/tensor-files';
import type { Dlrm } from '@ttrec/dlrm';
import { exportOnnx, torchState } from '@ttrec/interop';
import { openRun, openStoredModel } from '@ttrec/training/run-folder';
import { selectEngine } from '../engines.ts';
import { outputFile } from '../files/output-file.ts';
import { formatBytes, formatCount, formatPath } from '../terminal/format.ts';
import { createOutput } from '../terminal/output.ts';

export const exportFormats = ['onnx', 'safetensors', 'torch'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportFlags {
  readonly format: ExportFormat;
  readonly tables?: 'stored' | 'dense';
  readonly checkpoint?: string;
  readonly out?: string;
  /** Replaces a file that is there. */
  readonly force?: boolean;
  readonly backend?: string;
  readonly json?: boolean;
}

const extensions: Readonly<Record<ExportFormat, string>> = {
  onnx: 'onnx',
  safetensors: 'safetensors',
  torch: 'pt',
};

/** `ttrec export`: the model of a run, for ONNX runtimes or for PyTorch. The data of the run is not needed. */
export async function exportRun(folder: string, flags: ExportFlags): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const run = await openRun(resolve(folder));
  const { format, tables = 'stored', out, force = false } = flags;
  const file = await outputFile(out ?? join(run.files.folder, `model.${extensions[format]}`), {
    option: out === undefined ? undefined : '--out',
    force,
    inputs: [run.files.folder],
  });
  const { backend } = await selectEngine(flags.backend ?? run.config.backend);
  try {
    const { model, step } = await openStoredModel(run, backend, { checkpoint: flags.checkpoint });
    await writeFileAtomic(file, await chunksOf(model, format, tables));
    const { size: bytes } = statSync(file);
    output.result(
      `${format.padEnd(8)} ${formatBytes(bytes)}, weights of step ${formatCount(step)}: ${formatPath(file)}`,
    );
    output.record({ type: 'export', format, tables, file, bytes, step });
  } finally {
    await backend.dispose();
  }
}

async function chunksOf(model: Dlrm, format: ExportFormat, tables: 'stored' | 'dense'): Promise<Chunks> {
  if (format === 'onnx') return [await exportOnnx(model, { tables })];
  const state = torchState(model, { tables });
  return format === 'torch' ? streamTorch(state) : streamSafetensors(state, { format: 'pt' });
}
