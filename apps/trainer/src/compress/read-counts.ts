import { openNpy } from '@ttrec/tensor-files';
import { error } from '../error.ts';

/**
 * How often each row is read, from an npy file of one axis: integers of any width, or floats.
 *
 * @throws `trainer/bad-weights`, and what `openNpy` throws
 */
export async function readCounts(path: string): Promise<Float64Array> {
  const file = await openNpy(path);
  try {
    if (file.shape.length !== 1 || ['BOOL', 'F16', 'BF16'].includes(file.dtype)) {
      throw error('bad-weights', {
        subject: path,
        rule: 'must be one list of integers, float32 or float64 numbers',
        got: `${file.dtype} [${file.shape.join(', ')}]`,
      });
    }
    const values = await file.read();
    // Counts beyond 2^53 are rounded, which as weights they may be.
    return Float64Array.from(values as ArrayLike<number | bigint>, Number);
  } finally {
    await file.close();
  }
}
