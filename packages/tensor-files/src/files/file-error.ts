import { error } from '../error.ts';

/**
 * Runs one operation on the file system and gives its failure our form, with the system's error as its cause.
 * @throws `tensor-files/cannot-read` or `tensor-files/cannot-write`; `tensor-files/missing-file` when reading what is not there;
 *   `tensor-files/bad-path`
 */
export async function fileCall<T>(
  intent: 'read' | 'write',
  path: string,
  call: () => Promise<T>,
): Promise<T> {
  checkPath(path);
  try {
    return await call();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : cause;
    if (intent === 'read' && errorCodeOf(cause) === 'ENOENT') {
      throw error('missing-file', { subject: path, rule: 'the file must exist', got, cause });
    }
    const rule = intent === 'read' ? 'must be readable' : 'must be writable';
    throw error(`cannot-${intent}`, { subject: path, rule, got, cause });
  }
}

/** For callers in plain JavaScript. @throws `tensor-files/bad-path` */
export function checkPath(path: unknown): void {
  if (typeof path === 'string') return;
  throw error('bad-path', { subject: 'path', rule: 'must be a string', got: path });
}

/** What `call` returns, or undefined when the file or folder it looks for is not there. */
export async function ifPresent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** `ENOENT` and its like, for an error of the system. */
export function errorCodeOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}
