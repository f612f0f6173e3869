import { dlrmShape, type DlrmConfig } from '@ttrec/dlrm';
import type { TableConfig } from '@ttrec/embeddings';

/** The length before the header, its braces, and padding to a multiple of 8. */
const FRAME = 8 + 2 + 8;
/** A place in the file, of as many digits as any has. */
const PLACE = 1e12;
/** What is as long as the longest name of a tensor within its table, and as the longest shape. */
const LONGEST_NAME = 'cold.into.0.projection';
const LONGEST_SHAPE = [2 ** 32, 2 ** 16, 2 ** 16, 2 ** 16];

/** Of a tensor train that does not say how many; as in @ttrec/embeddings. */
const DEFAULT_CORES = 3;

/**
 * A bound on what the header of the safetensors file of a model takes beside the entries of its tables (`tableHeaderBytes`):
 * its frame, and the tensors of the MLPs.
 */
export function modelHeaderBytes(model: DlrmConfig): number {
  const { bottomSizes, topSizes } = dlrmShape(model);
  return FRAME + mlpEntries('bottom', bottomSizes ?? []) + mlpEntries('top', topSizes);
}

function mlpEntries(name: string, sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, outputs, i) => {
    const weight = entryBytes(`${name}.${i}.weight`, [outputs, sizes[i]!]);
    return sum + weight + entryBytes(`${name}.${i}.bias`, [1, outputs]);
  }, 0);
}

/** As `streamSafetensors` writes it. The braces around stand for the comma behind. */
function entryBytes(name: string, shape: readonly number[]): number {
  const entry = { [name]: { dtype: 'F32', shape, data_offsets: [PLACE, PLACE] } };
  return Buffer.byteLength(JSON.stringify(entry));
}

/** A bound on what the tensors of one table take in that header, some 140 bytes each. */
export function tableHeaderBytes(config: TableConfig, name: string): number {
  return tensorsAtMost(config) * entryBytes(`table.${name}.${LONGEST_NAME}`, LONGEST_SHAPE);
}

/** How many tensors a table is stored in. */
function tensorsAtMost(config: TableConfig): number {
  switch (config.kind) {
    case 'dense':
      return 1;
    case 'tt':
      return config.cores ?? config.rowShape?.length ?? config.colShape?.length ?? DEFAULT_CORES;
    case 'hash':
      return tensorsAtMost(config.into);
    case 'hot-cold':
      return (config.hotTable ? tensorsAtMost(config.hotTable) : 1) + tensorsAtMost(config.cold);
    case 'compositional': {
      const parts = config.method === 'hashes' ? (config.hashes ?? 2) : 2;
      return parts * (config.into ? tensorsAtMost(config.into) : 1);
    }
    case 'low-rank':
      return 2;
    case 'mixed-dimension':
      return 1 + tensorsAtMost(config.into);
    case 'int8':
    case 'int4':
      // Integers, and a scale for each row or slice.
      return 2 * tensorsAtMost(config.into);
    case 'cached':
      // The rows of the cache and their ids.
      return 2 + tensorsAtMost(config.into);
  }
}
