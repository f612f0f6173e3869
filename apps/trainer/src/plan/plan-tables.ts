import { presetCardinalities, type PresetName } from '@ttrec/data';
import type { OptimizerConfig, TableConfig, TableSpec } from '@ttrec/embeddings';
import { didYouMean } from '@ttrec/core';
import { usageError } from '../error.ts';

/** Embedding dimensions that the TT-Rec paper uses with each set of cardinalities. */
const presetDims: Readonly<Record<PresetName, number>> = { 'criteo-kaggle': 16, 'criteo-terabyte': 64 };

export interface PresetPlan {
  readonly preset: string;
  /** How many of the largest tables are tensor trains. */
  readonly ttTables: number;
  readonly rank: number;
  readonly cores: number;
  /** D; the preset's own when absent. */
  readonly embeddingDim?: number | undefined;
}

export interface PlannedModel {
  readonly embeddingDim: number;
  readonly tables: readonly TableSpec[];
}

/**
 * The tables of a preset with the largest ones in TT form. A tie in size goes to the first.
 * @throws `trainer/unknown-preset`, `trainer/bad-plan`
 */
export function planPreset({ preset, ttTables, rank, cores, embeddingDim }: PresetPlan): PlannedModel {
  const cardinalities = cardinalitiesOf(preset);
  if (ttTables > cardinalities.length) {
    throw usageError('bad-plan', {
      subject: '--tt-tables',
      rule: `must be at most the ${cardinalities.length} tables of ${preset}`,
      got: ttTables,
    });
  }
  const largest = new Set(
    [...cardinalities.keys()].sort((a, b) => cardinalities[b]! - cardinalities[a]!).slice(0, ttTables),
  );
  const tt: TableConfig = { kind: 'tt', ranks: rank, cores };
  return {
    embeddingDim: embeddingDim ?? presetDim(preset),
    tables: cardinalities.map((numEmbeddings, t) => ({
      name: `C${t + 1}`,
      numEmbeddings,
      config: largest.has(t) ? tt : { kind: 'dense' },
    })),
  };
}

/** What a plan is priced with when nothing is said: state does not count in what the paper compares. */
export const planOptimizer: OptimizerConfig = { rule: 'sgd' };

/** @throws `trainer/unknown-preset` */
export function presetDim(preset: string): number {
  cardinalitiesOf(preset);
  return presetDims[preset as PresetName];
}

function cardinalitiesOf(preset: string): readonly number[] {
  if (Object.hasOwn(presetCardinalities, preset)) return presetCardinalities[preset as PresetName];
  const known = Object.keys(presetCardinalities);
  throw usageError('unknown-preset', {
    subject: '--preset',
    rule: `must be one of ${known.join(', ')}`,
    got: preset,
    hint: didYouMean(preset, known),
  });
}
