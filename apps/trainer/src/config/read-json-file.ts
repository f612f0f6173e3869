import { readFile } from 'node:fs/promises';
import { error } from '../error.ts';

/** @throws `trainer/missing-file`, `trainer/unreadable-file`, `trainer/bad-json` */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw error(missing ? 'missing-file' : 'unreadable-file', {
      subject: 'file',
      rule: missing ? 'must exist' : 'must be readable',
      got: path,
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw error('bad-json', { subject: path, rule: 'must be JSON', got: (cause as Error).message, cause });
  }
}
