import { error } from '../error.ts';

/** `serving/bad-source`. @param others what may be opened, beside bytes */
export function badSource(source: unknown, others: string): Error {
  return error('bad-source', {
    subject: 'openRanker',
    rule: `must open ${others}, or the bytes of a model file`,
    got: source,
  });
}
