import { checkArgument } from '@ttrec/core/options';
import { error } from '../../error.ts';
import { Digest } from '../../digest.ts';
import type { Encoding } from '../encoding.ts';
import { VALUES_PER_LINE } from './header.ts';
import { headerOf } from './write.ts';

/**
 * 32 hexadecimal digits that identify an encoding: columns, transforms, statistics, tables, every value and its row. Writing and reading a
 * file keeps the digest. O(V).
 */
export function encodingDigest(encoding: Encoding): string {
  checkArgument(error, 'encodingDigest, encoding', encoding, 'an encoding', 'format', 'tables');
  const digest = new Digest().addJson(headerOf(encoding));
  for (const table of encoding.tables) {
    if (table.kind !== 'vocabulary') continue;
    if ('emptyRow' in table) {
      digest.add(Uint32Array.of(table.emptyRow)).add(table.values);
      continue;
    }
    for (let start = 0; start < table.values.length; start += VALUES_PER_LINE) {
      digest.addJson(table.values.slice(start, start + VALUES_PER_LINE));
    }
  }
  return digest.finish();
}
