import { counted } from '@ttrec/core';
import type { OptionRules } from '@ttrec/core/options';
import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import type { DlrmConfig, InteractionConfig } from '@ttrec/dlrm';
import type { RowSource, TableSpec } from '@ttrec/embeddings';
import type { LoadableTensor } from '@ttrec/embeddings/model';
import { error } from '../error.ts';
import { cachedRowsChoices, type FbttCache } from '../fbtt/fbtt-cache.ts';
import { isFbtt, readFbtt, type FbttOptions, type FbttTable } from '../fbtt/read-fbtt.ts';
import { readFloatRows, readFloats } from '../read-floats.ts';

export interface ReadDlrmOptions {
  /** Precedes `emb_l.0.weight` in the names, such as `state_dict.`; detected by default. */
  readonly prefix?: string | undefined;
  /** One for each table, in the order of `emb_l`; `0`, `1`, … by default. */
  readonly tableNames?: readonly string[] | undefined;
  /** Required when several interactions fit the widths. */
  readonly interaction?: InteractionConfig | undefined;
  /** Options for tables of FBTT, by their position in `emb_l`. D follows from the model. */
  readonly fbtt?: Readonly<Record<number, Omit<FbttOptions, 'prefix' | 'embeddingDim'>>> | undefined;
  /** For all tables of FBTT with rows in their cache. */
  readonly cachedRows?: FbttOptions['cachedRows'];
  /** For further training; SGD by default. */
  readonly optimizer?: DlrmConfig['optimizer'] | undefined;
  /** 0 by default. */
  readonly seed?: number | undefined;
}

export const readDlrmOptions: OptionRules<ReadDlrmOptions> = {
  prefix: 'string',
  tableNames: 'any',
  interaction: 'any',
  fbtt: 'any',
  cachedRows: cachedRowsChoices,
  optimizer: 'any',
  seed: 'any',
};

export interface ReadTables {
  readonly embeddingDim: number;
  readonly specs: readonly TableSpec[];
  /** Under their names in the state of a `Dlrm`. */
  readonly tensors: readonly LoadableTensor[];
  /** By the table's name. */
  readonly rows: ReadonlyMap<string, RowSource>;
  /** By the table's name; tables without cached rows have none. */
  readonly caches: ReadonlyMap<string, FbttCache>;
  /** Names of the file's tensors that the tables use. */
  readonly used: readonly string[];
}

interface ReadTablesOptions extends ReadDlrmOptions {
  readonly prefix: string;
  /** D, where there is a bottom MLP. */
  readonly embeddingDim: number | undefined;
}

/** @throws `interop/no-dlrm`, `…/bad-table`, `…/bad-names`, and what `readFbtt` throws */
export async function readTables(file: TensorFile, options: ReadTablesOptions): Promise<ReadTables> {
  const { prefix } = options;
  const dims = new Set<number>();
  const specs: TableSpec[] = [];
  const tensors: LoadableTensor[] = [];
  const rows = new Map<string, RowSource>();
  const caches = new Map<string, FbttCache>();
  const used: string[] = [];
  for (let k = 0; ; k++) {
    const at = `${prefix}emb_l.${k}.`;
    const name = options.tableNames?.[k] ?? `${k}`;
    const table = await readTable(file, at, k, options);
    if (table === undefined) break;
    dims.add(table.embeddingDim);
    specs.push({ name, numEmbeddings: table.numEmbeddings, config: table.config });
    tensors.push(...table.tensors.map((tensor) => ({ ...tensor, name: `table.${name}.${tensor.name}` })));
    rows.set(name, table.rows);
    if (table.cache) caches.set(name, table.cache);
    used.push(...table.used);
  }
  const [embeddingDim] = dims;
  if (embeddingDim === undefined) {
    throw error('no-dlrm', { subject: file.name, rule: `must hold ${prefix}emb_l.0`, got: 'none' });
  }
  if (dims.size > 1) {
    const rule = 'all tables must have the same number of columns';
    throw error('bad-table', { subject: `${file.name}: ${prefix}emb_l`, rule, got: [...dims] });
  }
  requireAllTables(file, `${prefix}emb_l.`, used);
  checkNames(options.tableNames, specs.length);
  return { embeddingDim, specs, tensors, rows, caches, used };
}

interface ReadTable extends Pick<TableSpec, 'config' | 'numEmbeddings'> {
  readonly embeddingDim: number;
  readonly tensors: readonly LoadableTensor[];
  readonly rows: RowSource;
  readonly cache?: FbttCache | undefined;
  readonly used: readonly string[];
}

/** Table `k`, dense or of FBTT; undefined after the last. */
async function readTable(
  file: TensorFile,
  prefix: string,
  k: number,
  options: ReadTablesOptions,
): Promise<ReadTable | undefined> {
  if (isFbtt(file, prefix)) {
    const { embeddingDim, cachedRows } = options;
    const table = await readFbtt(file, { prefix, embeddingDim, cachedRows, ...options.fbtt?.[k] });
    return fbttTable(file, prefix, table);
  }
  const name = `${prefix}weight`;
  const shape = file.tensors.get(name)?.shape;
  if (shape === undefined) return undefined;
  const [numEmbeddings, embeddingDim] = shape;
  if (shape.length !== 2 || numEmbeddings! < 1) {
    const rule = 'must be [numEmbeddings, embeddingDim]';
    throw error('bad-table', { subject: `${file.name}: tensor "${name}"`, rule, got: shape });
  }
  return {
    numEmbeddings: numEmbeddings!,
    embeddingDim: embeddingDim!,
    config: { kind: 'dense' },
    tensors: [{ name: 'weight', dtype: 'F32', shape, data: () => readFloats(file, name) }],
    rows: {
      numEmbeddings: numEmbeddings!,
      embeddingDim: embeddingDim!,
      read: (start, end) => readFloatRows(file, name, start, end),
    },
    used: [name],
  };
}

/** Rows that override those of the cores make the table dense: a TT has no place for them. */
function fbttTable(file: TensorFile, prefix: string, table: FbttTable): ReadTable {
  const { numEmbeddings, embeddingDim, config, tensors, cache, rows } = table;
  const used = [...file.tensors.keys()].filter((name) => name.startsWith(prefix));
  const shared = { numEmbeddings, embeddingDim, rows, cache, used };
  if (table.isOverridden) {
    return {
      ...shared,
      config: { kind: 'dense' },
      tensors: [
        {
          name: 'weight',
          dtype: 'F32',
          shape: [numEmbeddings, embeddingDim],
          data: () => rows.read(0, numEmbeddings),
        },
      ],
    };
  }
  return { ...shared, config, tensors };
}

/** A table of another form would end the list of tables before it. */
function requireAllTables(file: TensorFile, prefix: string, used: readonly string[]): void {
  const known = new Set(used);
  const other = [...file.tensors.keys()].find((name) => name.startsWith(prefix) && !known.has(name));
  if (other === undefined) return;
  throw error('bad-table', {
    subject: `${file.name}: ${prefix}*`,
    rule: `tables must be ${prefix}0, ${prefix}1, … without a gap, each a weight [N, D] or a table of FBTT`,
    got: other,
  });
}

function checkNames(names: readonly string[] | undefined, tables: number): void {
  if (names === undefined || (names.length === tables && new Set(names).size === tables)) return;
  const rule = `must be a different name for each of the ${counted(tables, 'table')}`;
  throw error('bad-names', { subject: 'tableNames', rule, got: names });
}
