import { readFile } from 'node:fs/promises';
import { error } from '../error.ts';

/**
 * Reads a JSON file in UTF-8, with or without the byte order mark that some editors put in front.
 *
 * @throws `trainer/missing-file`, `trainer/unreadable-file`, `trainer/bad-json`
 */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw error(missing ? 'missing-file' : 'unreadable-file', {
      subject: path,
      rule: missing ? 'must exist' : 'must be readable',
      got: missing ? 'nothing' : (cause as Error).message,
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw error('bad-json', { subject: path, rule: 'must be JSON', got: (cause as Error).message, cause });
  }
  if (isNestedDeeper(value, MAX_DEPTH)) {
    const rule = `must be nested at most ${MAX_DEPTH} levels deep`;
    throw error('bad-json', { subject: path, rule, got: 'more' });
  }
  return value;
}

/** What checks and prints a value calls itself for every level, and a stack has an end. */
const MAX_DEPTH = 100;

function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isNestedDeeper(inner, levels - 1));
}
