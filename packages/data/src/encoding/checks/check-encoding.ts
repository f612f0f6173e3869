import { error } from '../../error.ts';

/**
 * For callers in plain JavaScript: an encoding is what a dataset has, or `readEncoding` returns.
 *
 * @throws `data/bad-encoding`
 */
export function checkEncoding(encoding: unknown): void {
  const { format, version, tables } = Object(encoding) as Record<string, unknown>;
  if ((format === 'criteo' || format === 'csv') && version !== undefined && Array.isArray(tables)) return;
  throw error('bad-encoding', {
    subject: 'encoding',
    rule: 'must be the encoding of a dataset, or what readEncoding returns',
    got: encoding,
  });
}
