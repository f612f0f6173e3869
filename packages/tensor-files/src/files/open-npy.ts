import { openNpyFrom, type NpyFile } from '../npy/open-npy.ts';
import { openFileSource } from './file-source.ts';

/**
 * Opens an npy file for reading as a whole or row by row. The caller closes it.
 * @throws `tensor-files/missing-file`, `…/cannot-read`, and the codes of `openNpyFrom`
 */
export async function openNpy(path: string): Promise<NpyFile> {
  return openNpyFrom(await openFileSource(path));
}
