// Imported before the command: file handles of this process write so many bytes, and from then on the disk is full.
import { open } from 'node:fs/promises';

let left = Number(new URL(import.meta.url).searchParams.get('bytes'));
const handle = await open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { write } = prototype;

prototype.write = async function (buffer, offset, length) {
  if (left <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const result = await write.call(this, buffer, offset, Math.min(length, left));
  left -= result.bytesWritten;
  return result;
};
