import type { DlrmConfig } from '@ttrec/dlrm';
import { dlrmShape } from '@ttrec/dlrm/layers';
import type { TableCost } from '@ttrec/embeddings';

/** The length before the header, its braces, and padding to a multiple of 8. */
const FRAME = 8 + 2 + 8;
/** A place in the file, of as many digits as any has. */
const PLACE = 1e12;
/** What is as long as the longest name of a tensor within its table, and as the longest shape. */
const LONGEST_NAME = 'cold.into.0.projection';
const LONGEST_SHAPE = [2 ** 32, 2 ** 16, 2 ** 16, 2 ** 16];

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
export function tableHeaderBytes(name: string, { tensors }: TableCost): number {
  return tensors * entryBytes(`table.${name}.${LONGEST_NAME}`, LONGEST_SHAPE);
}
