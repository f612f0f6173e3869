import { extname } from 'node:path';
import { statSync } from 'node:fs';
import {
  openNpy,
  openSafetensors,
  openTensors,
  openTorch,
  toFloat32,
  type LazyTensor,
  type TensorFile,
} from '@ttrec/tensor-files';
import { denseRows } from '@ttrec/embeddings';
import { isTtrecError, didYouMean } from '@ttrec/core';
import { error } from '../error.ts';
import { openFileRows, type FileRows } from './file-rows.ts';

/** A table in a file, under the name that it will have. */
export interface OpenMatrix {
  readonly name: string;
  readonly rows: FileRows;
}

/**
 * Opens the matrix of a safetensors, npy or PyTorch file as rows. Those of PyTorch are read into memory at once, the others
 * when they are asked for.
 *
 * @param table the tensor's name, or what stands before `.weight` in it; may be left out where there is but one matrix
 * @throws `trainer/no-such-table`, `trainer/unknown-format`, `trainer/not-a-matrix`, `trainer/not-floats`, and what opening the
 *   file throws
 */
export async function openMatrix(path: string, table?: string, weights?: Float64Array): Promise<OpenMatrix> {
  switch (extname(path)) {
    case '.npy':
      return npyMatrix(path, table, weights);
    case '.safetensors':
      return safetensorsMatrix(path, table, weights);
    case '.pt':
    case '.pth':
    case '.bin':
      return torchMatrix(path, table, weights);
    default:
      throw await unknownFormat(path);
  }
}

/** Names the format, if it is a known one. */
async function unknownFormat(path: string): Promise<unknown> {
  const rule = 'must be a run folder, or end in .safetensors, .npy, .pt, .pth or .bin';
  const unknown = error('unknown-format', { subject: path, rule, got: extname(path) || 'no ending' });
  try {
    await (await openTensors(path)).close();
    return unknown;
  } catch (cause) {
    const isNamed = ['not-safetensors', 'not-torch'].some((code) =>
      isTtrecError(cause, `tensor-files/${code}`),
    );
    return isNamed ? cause : unknown;
  }
}

async function npyMatrix(path: string, table = 'table', weights?: Float64Array): Promise<OpenMatrix> {
  const file = await openNpy(path);
  const { dtype, shape } = file;
  await file.close();
  // Its numbers end where the file does: openNpy has checked that.
  const numbers = shape.reduce(
    (product, extent) => product * extent,
    dtype === 'F64' ? 8 : dtype === 'F32' ? 4 : 2,
  );
  const byteOffset = statSync(path).size - numbers;
  return { name: table, rows: openFileRows({ path, subject: 'array', dtype, shape, byteOffset }, weights) };
}

async function safetensorsMatrix(path: string, table?: string, weights?: Float64Array): Promise<OpenMatrix> {
  const file = await openSafetensors(path);
  await file.close();
  const tensor = matrixNamed(file, table);
  const rows = openFileRows({ ...tensor, path, subject: `tensor "${tensor.name}"` }, weights);
  return { name: tableNameOf(tensor.name), rows };
}

async function torchMatrix(path: string, table?: string, weights?: Float64Array): Promise<OpenMatrix> {
  const file = await openTorch(path);
  try {
    const { name, dtype, shape } = matrixNamed(file, table);
    if (shape.length !== 2) throw noSuchTable(path, name, []);
    const values = toFloat32(dtype, await file.read(name), `${path}, tensor "${name}"`);
    const rows = { ...denseRows(values, shape[1]!, weights), close: () => undefined };
    return { name: tableNameOf(name), rows };
  } finally {
    await file.close();
  }
}

/** `item.weight`, `table.item.weight` → `item`. */
function tableNameOf(tensor: string): string {
  return tensor.replace(/\.weight$/, '').replace(/^table\./, '');
}

function matrixNamed<Tensor extends LazyTensor>(
  { name: path, tensors: all, unreadable }: TensorFile<Tensor>,
  table: string | undefined,
): Tensor {
  const tensors = [...all.values()];
  const matrices = tensors.filter(({ shape }) => shape.length === 2);
  const wanted = table === undefined ? undefined : [table, `${table}.weight`, `table.${table}.weight`];
  const found = wanted === undefined ? matrices : tensors.filter(({ name }) => wanted.includes(name));
  if (found.length === 1) return found[0]!;
  const fault = wanted?.map((name) => unreadable.get(name)).find((each) => each !== undefined);
  if (found.length === 0 && fault !== undefined) throw fault;
  throw noSuchTable(
    path,
    table,
    (found.length > 0 ? found : matrices).map(({ name }) => name),
  );
}

function noSuchTable(path: string, table: string | undefined, names: readonly string[]): Error {
  return error('no-such-table', {
    subject: `${path}, --table`,
    rule: `must name one of its matrices: ${names.slice(0, 30).join(', ') || 'there is none'}`,
    got: table ?? 'nothing',
    hint: didYouMean(table, names),
  });
}
