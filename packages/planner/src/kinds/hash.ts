import type { HashConfig } from '@ttrec/embeddings/kind';
import {
  growing,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';

type HashFunction = 'mix' | 'modulo';

/** Ratio of neighbouring numbers of buckets; `grow` reaches those in between. */
const STEP = 1.1;

/** A row for each bucket. For ids in order of frequency also by `modulo`, under which the most frequent ids never collide. */
export const hashOptions: OptionGenerator = {
  kind: 'hash',
  *candidates(table) {
    const functions: HashFunction[] = table.frequencyOrdered ? ['mix', 'modulo'] : ['mix'];
    for (const buckets of growing(table.size.numEmbeddings - 1, STEP)) {
      for (const name of functions) yield hashed(table, name, buckets);
    }
  },
};

function hashed(table: TableToPlan, name: HashFunction, buckets: number): Candidate {
  const { collisions, size } = table;
  const loss = name === 'mix' ? collisions.mixed(buckets) : collisions.modulo(buckets);
  const config: HashConfig = {
    kind: 'hash',
    buckets,
    ...(name === 'modulo' ? { function: name } : {}),
    into: { kind: 'dense' },
  };
  return {
    config,
    loss,
    explain: () => `ids that collide in ${buckets} buckets lose ${percent(loss)}`,
    grow(bytes) {
      const most = Math.min(size.numEmbeddings - 1, Math.floor(bytes / (4 * size.embeddingDim)));
      return most > buckets ? hashed(table, name, most) : undefined;
    },
  };
}
