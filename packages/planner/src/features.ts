import { counted } from '@ttrec/core';
import { checkOptions } from '@ttrec/core/options';
import type { TableSize } from '@ttrec/embeddings';
import { error } from './error.ts';
import {
  countedFrequencies,
  followsFrequency,
  zipfFrequencies,
  type Frequencies,
} from './losses/frequencies.ts';
import type { PilotPoint } from './losses/tt-loss.ts';

/** A table of the model to plan, and how often its ids are read. */
export interface PlanFeature {
  /** Unique. */
  readonly name: string;
  /** N. */
  readonly numEmbeddings: number;
  /** Reads of each id in the training data, [N], in order of id. */
  readonly counts?: ArrayLike<number>;
  /** Without counts: the exponent of Zipf's law, which replaces them; 1.05 by default. */
  readonly zipf?: number;
  /**
   * Without counts: whether low ids are the frequent ones, as in a vocabulary ordered by frequency; true by default. Set it to
   * false for hashed ids.
   */
  readonly frequencyOrdered?: boolean;
  /** The weight of this table's loss in that of the model: ids a row reads from it, 1 by default. */
  readonly weight?: number;
  /** Replaces `structure` of the prior for this table. */
  readonly structure?: number;
  /** What the trained table loses as a TT, by ascending rank; replaces the prior. See `pilotTT`. */
  readonly pilot?: readonly PilotPoint[];
}

/** The exponent of the ids of click logs, and of the synthetic stream of @ttrec/data. */
const DEFAULT_ZIPF = 1.05;

export interface Reads {
  readonly frequencies: Frequencies;
  readonly frequencyOrdered: boolean;
}

/** The frequencies of a table, from its counts or by Zipf's law. Needs a feature that `checkFeatures` accepts. */
export function readsOf({ counts, numEmbeddings, zipf, frequencyOrdered }: PlanFeature): Reads {
  if (counts === undefined) {
    return {
      frequencies: zipfFrequencies(numEmbeddings, zipf ?? DEFAULT_ZIPF),
      frequencyOrdered: frequencyOrdered ?? true,
    };
  }
  const frequencies = countedFrequencies(counts);
  return { frequencies, frequencyOrdered: followsFrequency(counts, frequencies) };
}

/** @throws `planner/no-features`, `…/duplicate-name`, `…/unknown-option`, `…/bad-option`, `…/bad-feature`, `…/bad-counts` */
export function checkFeatures(features: readonly PlanFeature[]): void {
  if (!isList(features) || features.length === 0)
    throw error('no-features', {
      subject: 'features',
      rule: 'must be a list of at least one',
      got: features,
    });
  const names = new Set<string>();
  for (const [f, feature] of features.entries()) {
    checkFeature(feature, `features[${f}]`);
    if (names.has(feature.name)) {
      throw error('duplicate-name', {
        subject: 'features',
        rule: 'must have different names',
        got: feature.name,
      });
    }
    names.add(feature.name);
  }
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function checkFeature(feature: PlanFeature, place: string): void {
  checkOptions(error, place, feature, {
    name: { required: 'string' },
    numEmbeddings: 'any',
    counts: 'any',
    zipf: 'any',
    frequencyOrdered: 'boolean',
    weight: 'any',
    structure: 'any',
    pilot: 'any',
  });
  const { name, numEmbeddings, counts, zipf, weight, structure, pilot } = feature;
  const require = (holds: boolean, field: string, rule: string, got: unknown) => {
    if (!holds) throw error('bad-feature', { subject: `feature "${name}", ${field}`, rule, got });
  };
  const least = (value: number | undefined, bound: number) =>
    value === undefined || (typeof value === 'number' && value >= bound && value < Infinity);
  require(typeof numEmbeddings === 'number', 'numEmbeddings', 'must be a number of rows', numEmbeddings);
  require(least(zipf, 0), 'zipf', 'must be a number of at least 0', zipf);
  require(least(weight, 0), 'weight', 'must be a number of at least 0', weight);
  require(least(structure, 0) &&
    (structure ?? 0) <= 1, 'structure', 'must be a share from 0 to 1', structure);
  require(isPilot(pilot), 'pilot', 'must hold losses of at least 0 by rising ranks', pilot);
  if (counts !== undefined) checkCounts(name, counts, numEmbeddings);
}

function isPilot(pilot: unknown): boolean {
  if (pilot === undefined) return true;
  if (!Array.isArray(pilot)) return false;
  const points = pilot.map((point) => Object(point) as Partial<PilotPoint>);
  return points.every(({ rank, loss }, k) => {
    const before = points[k - 1]?.rank ?? 0;
    return (
      typeof rank === 'number' && rank > before && typeof loss === 'number' && loss >= 0 && loss < Infinity
    );
  });
}

function checkCounts(name: string, counts: ArrayLike<number>, numEmbeddings: number): void {
  const subject = `feature "${name}", counts`;
  const length = (Object(counts) as Partial<ArrayLike<number>>).length;
  if (typeof counts !== 'object' || length !== numEmbeddings) {
    const rule = `must have one count for each of the ${counted(numEmbeddings, 'row')}`;
    throw error('bad-counts', { subject, rule, got: length ?? counts });
  }
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (!(typeof count === 'number' && count >= 0 && count < Infinity)) {
      const rule = 'must be a finite number of at least 0';
      throw error('bad-counts', { subject: `${subject}[${i}]`, rule, got: count });
    }
    sum += count;
  }
  if (sum === 0) throw error('bad-counts', { subject, rule: 'must not all be 0', got: 0 });
}

export function sizeOf({ numEmbeddings }: PlanFeature, embeddingDim: number): TableSize {
  return { numEmbeddings, embeddingDim };
}
