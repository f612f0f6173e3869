import { openNpyFrom, type NpyFile } from '../../npy/open-npy.ts';
import { openFileSource } from '../file-source.ts';

/**
 * Opens an npy file, to read it whole or by rows. The caller must close it.
 * @throws `tensor-files/missing-file`, `…/cannot-read`, and the codes of `openNpyFrom`
 */
export async function openNpy(path: string): Promise<NpyFile> {
  return openNpyFrom(await openFileSource(path));
}
