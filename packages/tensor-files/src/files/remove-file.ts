import { rm } from 'node:fs/promises';
import { fileCall } from './file-error.ts';

/** Removes a file; one that is not there will do, a folder in its place will not. @throws `tensor-files/cannot-write` */
export async function removeFile(path: string): Promise<void> {
  await fileCall('write', path, () => rm(path, { force: true }));
}
