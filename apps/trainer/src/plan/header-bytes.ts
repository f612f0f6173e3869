import { dlrmShape, type DlrmConfig } from '@ttrec/dlrm';
import type { TableConfig, TableSpec } from '@ttrec/embeddings';

/** Of a tensor train that does not say how many; as in @ttrec/embeddings. */
const DEFAULT_CORES = 3;

/** `{"dtype":"F32","shape":[],"data_offsets":[,]},` and the colon. */
const ENTRY = 50;
/** Four extents of a shape and their commas. */
const SHAPE = 4 * 11;
/** Two places in the file, to 10^15. */
const OFFSETS = 2 * 16;
/** What a parameter is called within its table, at the longest: a few words and a number, under the kinds around it. */
const PARAMETER_NAME = 32;
/** The length before the header, its braces, and padding to a multiple of 8. */
const FRAME = 8 + 2 + 8;

/**
 * A bound on the header of the safetensors file that holds a model: what comes before its numbers. A tensor takes about
 * 150 bytes there. O(tables).
 */
export function headerBytesAtMost(model: DlrmConfig, tables: readonly TableSpec[]): number {
  const { bottomSizes, topSizes } = dlrmShape(model);
  const layers = (bottomSizes?.length ?? 1) - 1 + topSizes.length - 1;
  const entry = ENTRY + SHAPE + OFFSETS + PARAMETER_NAME;
  const inTables = tables.reduce(
    (sum, { name, config }) =>
      sum + tensorsAtMost(config) * (entry + Buffer.byteLength(JSON.stringify(name))),
    0,
  );
  return FRAME + 2 * layers * entry + inTables;
}

/** How many tensors a table is stored in: the cores of its trains, at most two for another kind that wraps nothing. */
function tensorsAtMost(config: TableConfig): number {
  if (config.kind === 'tt') return config.cores ?? config.colShape?.length ?? DEFAULT_CORES;
  if (config.kind === 'dense') return 1;
  const inside = Object.values(config).filter(isTable);
  return 2 + inside.reduce((sum, each) => sum + tensorsAtMost(each), 0);
}

function isTable(value: unknown): value is TableConfig {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
