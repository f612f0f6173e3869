import { open } from 'node:fs/promises';
import { onTestFinished, vi } from 'vitest';

interface Writer {
  write(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
}

async function fileHandles(): Promise<Writer> {
  const handle = await open('/dev/null', 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as Writer;
}

/** The disk of this process is full after `bytes` more, until the test ends. The last write takes what still fits. */
export async function fillDiskAfter(bytes: number): Promise<void> {
  const handles = await fileHandles();
  // oxlint-disable-next-line typescript/unbound-method -- called below with the handle it is given
  const write = handles.write;
  let left = bytes;
  const spy = vi.spyOn(handles, 'write').mockImplementation(async function (
    this: Writer,
    buffer,
    offset,
    length,
  ) {
    if (left === 0)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const { bytesWritten } = await write.call(this, buffer, offset, Math.min(length, left));
    left -= bytesWritten;
    return { bytesWritten };
  });
  onTestFinished(() => spy.mockRestore());
}

/** The system takes at most `bytes` of each write, until the test ends. */
export async function shortenWritesTo(bytes: number): Promise<void> {
  const handles = await fileHandles();
  // oxlint-disable-next-line typescript/unbound-method -- called below with the handle it is given
  const write = handles.write;
  const spy = vi.spyOn(handles, 'write').mockImplementation(function (this: Writer, buffer, offset, length) {
    return write.call(this, buffer, offset, Math.min(length, bytes));
  });
  onTestFinished(() => spy.mockRestore());
}

/** The `n`-th call of fsync from now on fails, and none before or after. */
export async function failSync(n: number): Promise<void> {
  const handles = await fileHandles();
  // oxlint-disable-next-line typescript/unbound-method -- called below with the handle it is given
  const sync = handles.sync;
  let calls = 0;
  const spy = vi.spyOn(handles, 'sync').mockImplementation(async function (this: Writer) {
    if (++calls === n) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    await sync.call(this);
  });
  onTestFinished(() => spy.mockRestore());
}

/** Runs `act` without the privileges of root, to whom no folder is read-only. */
export async function unprivileged<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid!(65534);
  try {
    return await act();
  } finally {
    process.seteuid!(0);
  }
}
