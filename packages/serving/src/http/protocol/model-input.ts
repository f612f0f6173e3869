import { counted, didYouMean } from '@ttrec/core';
import type { FeatureBatch } from '@ttrec/data';
import { badRequest } from '../http-error.ts';
import type { ModelInputs, RawCell, ScoringInput } from '../models/scoring-model.ts';
import type { Tensor, TensorValue } from './tensor.ts';

/**
 * The rows that the tensors of a request describe: a tensor for every column of raw values, or those of the ONNX export. With `broadcast`,
 * inputs of first extent 1 stand for every row.
 *
 * @throws HttpError with status 400
 */
export function modelInput(
  inputs: ModelInputs,
  tensors: readonly Tensor[],
  broadcast: boolean,
): ScoringInput {
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const columns = inputs.columns.map(({ name }) => name);
  const encoded = encodedNames(inputs);
  const isRaw = !tensors.some(({ name }) => encoded.includes(name) && !columns.includes(name));
  const names = isRaw ? columns : encoded;
  for (const { name } of tensors) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names);
    throw badRequest(`input "${name}"`, `must be one of ${names.join(', ')}`, { got: name, hint });
  }
  const missing = names.find((name) => !given.has(name));
  if (missing !== undefined) {
    const hint = isRaw
      ? 'Give every column; "" or null is a missing value.'
      : 'Give every tensor of the ONNX export, or every column of raw values.';
    throw badRequest(`input "${missing}"`, 'is missing', { got: tensors.map(({ name }) => name), hint });
  }
  return isRaw ? rawInput(inputs, given, broadcast) : encodedInput(inputs, given, broadcast);
}

/** The names of the tensors in the ONNX export. */
export function encodedNames({ denseFeatures, features }: ModelInputs): string[] {
  const bags = features.flatMap(({ name }) => [`${name}.indices`, `${name}.offsets`]);
  return denseFeatures > 0 ? ['dense', ...bags] : bags;
}

function rawInput(
  { columns }: ModelInputs,
  given: ReadonlyMap<string, Tensor>,
  broadcast: boolean,
): ScoringInput {
  const tensors = columns.map((column) => {
    const tensor = given.get(column.name)!;
    const [rows, values] = tensor.shape;
    const isColumn =
      tensor.shape.length === 1 ||
      (tensor.shape.length === 2 && (values === 1 || (column.multiValued && values! > 0)));
    if (isColumn) return { name: column.name, rows: rows!, cells: cellsOf(tensor) };
    const rule = column.multiValued ? 'must be [B] or [B, values]' : 'must be [B] or [B, 1]';
    throw badRequest(`input "${column.name}", shape`, rule, { got: tensor.shape });
  });
  const size = rowsOf(
    tensors.map(({ name, rows }) => [name, rows]),
    broadcast,
  );
  const varying = tensors.filter(({ rows }) => rows === size);
  const columnsOf = (some: typeof tensors) =>
    Object.fromEntries(some.map(({ name, cells }) => [name, cells]));
  if (varying.length === tensors.length) return { form: 'columns', size, columns: columnsOf(tensors) };
  const fixed = tensors.filter(({ rows }) => rows !== size);
  const context = Object.fromEntries(fixed.map(({ name, cells }) => [name, cells[0]!]));
  return { form: 'ranking', size, context, candidates: columnsOf(varying) };
}

/** One cell a row: a value, or a list where the tensor has more than one column. */
function cellsOf({ name, shape, values, datatype }: Tensor): ArrayLike<RawCell> {
  if (datatype === 'BOOL') {
    throw badRequest(`input "${name}", datatype`, 'must be BYTES or a number', { got: datatype });
  }
  const width = shape[1] ?? 1;
  if (width === 1) return values;
  const all = values as readonly RawCell[];
  return Array.from({ length: shape[0]! }, (_, row) => all.slice(row * width, (row + 1) * width) as RawCell);
}

/** B: the extent that all inputs have, apart from those of 1 with `broadcast`. */
function rowsOf(extents: readonly (readonly [string, number])[], broadcast: boolean): number {
  const size = Math.max(...extents.map(([, rows]) => rows));
  for (const [name, rows] of extents) {
    if (rows === size || (broadcast && rows === 1)) continue;
    const hint = rows === 1 ? 'Set parameters.broadcast to true to repeat it.' : undefined;
    const rule = `must have ${counted(size, 'row')}, as other inputs${broadcast ? ', or 1' : ''}`;
    throw badRequest(`input "${name}"`, rule, { got: rows, hint });
  }
  if (size < 1) throw badRequest('inputs', 'must have at least one row', { got: size });
  return size;
}

function encodedInput(
  { denseFeatures, features }: ModelInputs,
  given: ReadonlyMap<string, Tensor>,
  broadcast: boolean,
): ScoringInput {
  const dense = denseFeatures > 0 ? denseTensor(given.get('dense')!, denseFeatures) : undefined;
  const bags = features.map((feature) => bagsOf(feature, given));
  const extents: [string, number][] = dense ? [['dense', dense.length / denseFeatures]] : [];
  features.forEach(({ name }, f) => extents.push([`${name}.offsets`, bags[f]!.offsets.length - 1]));
  const size = rowsOf(extents, broadcast);
  return {
    form: 'encoded',
    size,
    rows: {
      size,
      dense: dense ? repeated(dense, size, denseFeatures) : new Float32Array(0),
      features: bags.map((bag) => repeatedBags(bag, size)),
    },
  };
}

function denseTensor({ shape, values, datatype }: Tensor, denseFeatures: number): Float32Array {
  if (!/^FP|INT/.test(datatype))
    throw badRequest('input "dense", datatype', 'must be FP32', { got: datatype });
  if (shape.length !== 2 || shape[1] !== denseFeatures) {
    throw badRequest('input "dense", shape', `must be [B, ${denseFeatures}]`, { got: shape });
  }
  return Float32Array.from(values as ArrayLike<number>, (value, i) => {
    const rounded = Math.fround(value);
    // null is a missing raw value, and a number has none.
    if ((value as TensorValue) !== null && Number.isFinite(rounded)) return rounded;
    throw badRequest(`input "dense", data[${i}]`, 'must be a number that fits FP32', { got: value });
  });
}

function bagsOf(
  { name, numEmbeddings }: ModelInputs['features'][number],
  given: ReadonlyMap<string, Tensor>,
): FeatureBatch {
  const indices = integers(
    given.get(`${name}.indices`)!,
    `below the ${counted(numEmbeddings, 'row')} of its table`,
    numEmbeddings,
  );
  const lookups = indices.length;
  const offsets = integers(
    given.get(`${name}.offsets`)!,
    `at most ${lookups}, the number of indices`,
    lookups + 1,
  );
  const fault = offsets.findIndex((offset, i) => offset < (i === 0 ? 0 : offsets[i - 1]!));
  if (offsets.length === 0 || offsets[0] !== 0 || fault >= 0 || offsets.at(-1) !== lookups) {
    throw badRequest(`input "${name}.offsets"`, `must ascend from 0 to ${lookups}, the number of indices`, {
      got: offsets,
    });
  }
  return { indices, offsets };
}

/** A tensor of one axis with integers from 0 to `limit` - 1. */
function integers({ name, shape, values, datatype }: Tensor, rule: string, limit: number): Uint32Array {
  if (!datatype.includes('INT'))
    throw badRequest(`input "${name}", datatype`, 'must be INT64', { got: datatype });
  if (shape.length !== 1) throw badRequest(`input "${name}", shape`, 'must have one axis', { got: shape });
  return Uint32Array.from(values as ArrayLike<number>, (value, i) => {
    if (value >= 0 && value < limit) return value;
    throw badRequest(`input "${name}", data[${i}]`, `must be from 0 and ${rule}`, { got: value });
  });
}

function repeated(row: Float32Array, size: number, width: number): Float32Array {
  if (row.length === size * width) return row;
  const out = new Float32Array(size * width);
  for (let b = 0; b < size; b++) out.set(row, b * width);
  return out;
}

function repeatedBags(bag: FeatureBatch, size: number): FeatureBatch {
  const lookups = bag.indices.length;
  if (bag.offsets.length === size + 1) return bag;
  const indices = new Uint32Array(size * lookups);
  for (let b = 0; b < size; b++) indices.set(bag.indices, b * lookups);
  return { indices, offsets: Uint32Array.from({ length: size + 1 }, (_, b) => b * lookups) };
}
