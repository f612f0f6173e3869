import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileCall } from './file-error.ts';

/** What a file must be, to be the file that was written. */
export interface FileDigest {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Reads the file at `path` once, from front to end. */
export async function digestOfFile(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  await fileCall('read', path, async () => {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

export function digestOfBytes(content: Uint8Array): FileDigest {
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}
