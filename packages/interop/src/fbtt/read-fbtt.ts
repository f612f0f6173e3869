import { product } from '@ttrec/core';
import { checkArgument, checkOptions, type OptionRules } from '@ttrec/core/options';
import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import type { RowSource, TableSize } from '@ttrec/embeddings';
import type { CachedConfig, TTConfig } from '@ttrec/embeddings/configs';
import type { LoadableTensor } from '@ttrec/embeddings/model';
import { row, ttMatrixOf, type TTShape } from '@ttrec/tensor-train';
import { error } from '../error.ts';
import { readFloatRows, readFloats } from '../read-floats.ts';
import { requireReadable } from '../require-readable.ts';
import {
  cachedConfig,
  cachedRowsChoices,
  readCache,
  type CachedRows,
  type CachedRowsChoice,
  type FbttCache,
} from './fbtt-cache.ts';
import { fbttShape, type FbttShapes } from './fbtt-shape.ts';

export interface FbttOptions extends FbttShapes {
  /** Precedes `tt_cores.0` in the names, such as `emb_l.3.`; empty by default. */
  readonly prefix?: string | undefined;
  /** One of the tables that share cores, from 0; 0 by default. */
  readonly table?: number | undefined;
  /** N, which the file does not contain; by default all rows that the row factors hold, padding included. */
  readonly numEmbeddings?: number | undefined;
  /** Required if the cache has rows. */
  readonly cachedRows?: CachedRowsChoice | undefined;
}

const fbttOptions: OptionRules<FbttOptions> = {
  prefix: 'string',
  table: 'any',
  numEmbeddings: 'any',
  cachedRows: cachedRowsChoices,
  embeddingDim: 'any',
  colShape: 'any',
  ranks: 'any',
};

/** A table of FBTT-Embedding. */
export interface FbttTable extends TableSize {
  /** The table for @ttrec/embeddings: `cached` if cached rows are kept and are not all rows of the table, else `tt`. */
  readonly config: TTConfig | CachedConfig;
  /** The weights of a table of that config, for `loadState` with `allowMissing: 'training'`. */
  readonly tensors: readonly LoadableTensor[];
  /** Core k is `[p_k][r_k][q_k][r_{k+1}]`, row-major. */
  readonly cores: readonly Float32Array[];
  /** Undefined if the cache is empty or its rows were dropped. */
  readonly cachedRows: CachedRows | undefined;
  /** Whether cached rows replace those of the cores: `rows` has them, `config` and `tensors` have no place for them. */
  readonly isOverridden: boolean;
  /** Undefined if the cache is empty. */
  readonly cache: FbttCache | undefined;
  /** The rows of the table, cached rows included, computed in float64: a table of any kind can be fitted to them. */
  readonly rows: RowSource;
}

/** Returns whether the tensors with this prefix are a table of FBTT. */
export function isFbtt(file: TensorFile, prefix = ''): boolean {
  checkArgument(error, 'isFbtt, file', file, 'an open file of tensors', 'tensors');
  return file.tensors.has(`${prefix}tt_cores.0`);
}

/**
 * Reads a TTEmbeddingBag of FBTT-Embedding: `tt_cores.k` as [T, p_k, r_k q_k r_{k+1}], or without the axis of tables, as older
 * versions and EL-Rec write it.
 *
 * @throws `interop/no-cores`, `…/bad-cores`, `…/unknown-shape`, `…/wrong-shape`, `…/unknown-table`, `…/bad-size`, `…/cached-rows`
 *   (the cache has rows and `cachedRows` is not given), `…/bad-cache`, `…/unknown-option`, `…/bad-option`, and what `TensorFile.read` throws
 */
export async function readFbtt(file: TensorFile, options: FbttOptions = {}): Promise<FbttTable> {
  checkArgument(error, 'readFbtt, file', file, 'an open file of tensors', 'name', 'tensors', 'read');
  checkOptions(error, 'readFbtt', options, fbttOptions);
  const { prefix = '', table = 0 } = options;
  const subject = `${file.name}: ${prefix}tt_cores`;
  requireReadable(file, prefix);
  const layout = coreLayout(file, prefix, subject);
  const shape = fbttShape(subject, layout, options);
  const tables = layout.tables ?? 1;
  if (!(Number.isInteger(table) && table >= 0 && table < tables)) {
    throw error('unknown-table', {
      subject,
      rule: `table must be an integer from 0 to ${tables - 1}`,
      got: table,
    });
  }
  const size = sizeOf(subject, shape, options.numEmbeddings);
  const cores: Float32Array[] = [];
  for (const name of layout.names) {
    const read =
      layout.tables === undefined ? readFloats(file, name) : readFloatRows(file, name, table, table + 1);
    cores.push(await read);
  }
  const read = await readCache(file, { prefix, choice: options.cachedRows }, size);
  const cachedRows = read?.values;
  const { rowShape, colShape, ranks } = shape;
  const tt: TTConfig = { kind: 'tt', cores: cores.length, rowShape, colShape, ranks };
  const kept = read?.cache.choice === 'keep' && read.cache.rows < size.numEmbeddings ? cachedRows : undefined;
  return {
    ...size,
    config: kept === undefined ? tt : cachedConfig(tt, kept),
    tensors: tensorsOf(shape, cores, kept),
    cores,
    cachedRows,
    isOverridden: cachedRows !== kept,
    cache: read?.cache,
    rows: rowsOf(size, shape, cores, cachedRows),
  };
}

function tensorsOf(
  { rowShape, colShape, ranks }: TTShape,
  cores: readonly Float32Array[],
  kept: CachedRows | undefined,
): LoadableTensor[] {
  const tensors: LoadableTensor[] = cores.map((data, k) => {
    const shape = [rowShape[k]!, ranks[k]!, colShape[k]!, ranks[k + 1]!];
    return { name: `core${k}`, dtype: 'F32', shape, data };
  });
  if (kept === undefined) return tensors;
  const { ids, values } = kept;
  const rows = ids.length;
  return [
    ...tensors,
    { name: 'cache.weight', dtype: 'F32', shape: [rows, values.length / rows], data: values },
    { name: 'cache.ids', dtype: 'U32', shape: [rows], data: ids },
    { name: 'cache.used', dtype: 'U32', shape: [1], data: Uint32Array.of(rows) },
  ];
}

interface CoreLayout {
  readonly names: readonly string[];
  /** T; undefined in the older form, which has no axis for it. */
  readonly tables: number | undefined;
  readonly rowShape: readonly number[];
  readonly sliceLengths: readonly number[];
}

function coreLayout(file: TensorFile, prefix: string, subject: string): CoreLayout {
  const names: string[] = [];
  while (file.tensors.has(`${prefix}tt_cores.${names.length}`))
    names.push(`${prefix}tt_cores.${names.length}`);
  if (names.length === 0)
    throw error('no-cores', { subject, rule: 'the file must hold tt_cores.0, tt_cores.1, …' });
  const shapes = names.map((name) => file.tensors.get(name)!.shape);
  const axes = shapes[0]!.length;
  const tables = axes === 3 ? shapes[0]![0]! : undefined;
  const alike = shapes.every((shape) => shape.length === axes && (axes === 2 || shape[0] === tables));
  if ((axes !== 2 && axes !== 3) || !alike) {
    const rule = 'cores must be [T, p_k, r_k q_k r_{k+1}] with one T, or [p_k, r_k q_k r_{k+1}]';
    throw error('bad-cores', { subject, rule, got: shapes });
  }
  return {
    names,
    tables,
    rowShape: shapes.map((shape) => shape.at(-2)!),
    sliceLengths: shapes.map((shape) => shape.at(-1)!),
  };
}

function sizeOf(
  subject: string,
  { rowShape, colShape }: TTShape,
  numEmbeddings: number | undefined,
): TableSize {
  const most = product(rowShape);
  const rows = numEmbeddings ?? most;
  if (!Number.isInteger(rows) || rows < 1 || rows > most) {
    const rule = `numEmbeddings must be an integer from 1 to ${most}, which the row factors hold`;
    throw error('bad-size', { subject, rule, got: rows });
  }
  return { numEmbeddings: rows, embeddingDim: product(colShape) };
}

function rowsOf(
  { numEmbeddings, embeddingDim }: TableSize,
  shape: TTShape,
  cores: readonly Float32Array[],
  cached: CachedRows | undefined,
): RowSource {
  const tt = ttMatrixOf(shape, cores);
  const placeOf = new Map<number, number>();
  cached?.ids.forEach((id, place) => placeOf.set(id, place));
  return {
    numEmbeddings,
    embeddingDim,
    read(start, end) {
      const out = new Float32Array((end - start) * embeddingDim);
      for (let id = start; id < end; id++) {
        const place = placeOf.get(id);
        const values =
          place === undefined
            ? row(tt, id)
            : cached!.values.subarray(place * embeddingDim, (place + 1) * embeddingDim);
        out.set(values, (id - start) * embeddingDim);
      }
      return out;
    },
  };
}
