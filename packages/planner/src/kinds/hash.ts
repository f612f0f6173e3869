import type { TableSize } from '@ttrec/embeddings';
import type { HashConfig } from '@ttrec/embeddings/configs';
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

/**
 * A second signed probe is worth this many times the buckets, because ids that share one bucket usually differ in the other.
 * An assumption: a plain hash needed 1.5 times the buckets on the synthetic stream, 2.7 times on Taobao and more than 4 times
 * on baby names. With the least of these, the order relative to hot rows is the measured one.
 */
const SECOND_PROBE = 1.5;

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

/** A hash with two signed probes: the bytes of a hash, 2 D multiply-adds for a row, fewer collisions. */
export const signedHashOptions: OptionGenerator = {
  kind: 'signed-hash',
  priorOnly: true,
  *candidates(table) {
    for (const buckets of growing(table.size.numEmbeddings - 1, STEP)) yield signedHash(table, buckets);
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
      const more = mostBuckets(size, bytes);
      return more > buckets ? hashed(table, name, more) : undefined;
    },
  };
}

export function signedHash(table: TableToPlan, buckets: number): Candidate {
  const loss = table.collisions.mixed(SECOND_PROBE * buckets);
  return {
    config: { kind: 'hash', buckets, probes: 2, signs: true, into: { kind: 'dense' } },
    loss,
    explain: () => `ids that share buckets of ${buckets}, with two signed probes each, lose ${percent(loss)}`,
    grow(bytes) {
      const more = mostBuckets(table.size, bytes);
      return more > buckets ? signedHash(table, more) : undefined;
    },
  };
}

function mostBuckets({ numEmbeddings, embeddingDim }: TableSize, bytes: number): number {
  return Math.min(numEmbeddings - 1, Math.floor(bytes / (4 * embeddingDim)));
}
