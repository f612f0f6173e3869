import type { AsyncBuffer } from 'hyparquet';
import { error } from '../error.ts';
import { openForRanges } from '../read/read-bytes.ts';
import type { Files } from '../read/read-files.ts';

/** A file of which ranges can be read. */
export interface RangeFile extends AsyncBuffer {
  close(): Promise<void>;
}

export function isAddress(path: string): boolean {
  return /^https?:\/\//.test(path);
}

/**
 * Opens a path, an address, or one of `files`.
 * @throws `data/file-not-found`, `data/unreadable-file`
 */
export async function openRanges(path: string, files: Files | undefined): Promise<RangeFile> {
  if (files !== undefined) {
    const file = Object.hasOwn(files, path) ? files[path] : undefined;
    if (file === undefined) {
      const hint = `There are ${Object.keys(files).join(', ') || 'none'}.`;
      throw error('file-not-found', {
        subject: path,
        rule: 'must be among the files given',
        got: 'nothing',
        hint,
      });
    }
    if (file.slice === undefined) {
      const rule = 'must be a File or a Blob, of which ranges can be read';
      throw error('unreadable-file', { subject: path, rule, got: 'a stream' });
    }
    return {
      byteLength: file.size,
      slice: (start, end) => file.slice!(start, end).arrayBuffer(),
      close: () => Promise.resolve(),
    };
  }
  return isAddress(path) ? openAddress(path) : openForRanges(path);
}

async function openAddress(url: string): Promise<RangeFile> {
  const { asyncBufferFromUrl } = await import('hyparquet');
  const fault = (cause: unknown) => {
    const got = cause instanceof Error ? cause.message : String(cause);
    return error('unreadable-file', { subject: url, rule: 'must answer requests for ranges', got, cause });
  };
  const buffer = await asyncBufferFromUrl({ url }).catch((cause: unknown) => {
    throw fault(cause);
  });
  return {
    byteLength: buffer.byteLength,
    async slice(start, end) {
      try {
        return await buffer.slice(start, end);
      } catch (cause) {
        throw fault(cause);
      }
    },
    close: () => Promise.resolve(),
  };
}
