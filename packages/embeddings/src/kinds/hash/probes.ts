import type { Mixture } from '../../rows/mixture.ts';
import { MAX_PROBES, type HashConfig } from './hash-config.ts';
import { hashFunction } from './hash-function.ts';

/** Where an id looks, and what the row there counts for. Exact for every uint32. */
export interface Probe {
  readonly bucket: (id: number) => number;
  /** ±1/√k. */
  readonly factor: (id: number) => number;
}

export function probesOf(config: HashConfig): Probe[] {
  const { buckets, seed = 0, probes = 1, signs = false } = config;
  const size = 1 / Math.sqrt(probes);
  return Array.from({ length: probes }, (_, p) => {
    // The k functions of the buckets come first, those of the signs after them.
    const hash = hashFunction(seed, p);
    const sign = hashFunction(seed, MAX_PROBES + p);
    return {
      bucket: config.function === 'modulo' ? (id) => id % buckets : (id) => hash(id) % buckets,
      factor: signs ? (id) => (sign(id) >>> 31 === 0 ? size : -size) : () => size,
    };
  });
}

export function mixtureOf(probes: readonly Probe[], unknowns: number): Mixture {
  return {
    unknowns,
    terms: probes.length,
    write: (id, places, factors) => {
      probes.forEach(({ bucket, factor }, p) => {
        places[p] = bucket(id);
        factors[p] = factor(id);
      });
    },
  };
}
