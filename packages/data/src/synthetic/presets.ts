/**
 * Numbers of distinct ids of the 26 categorical features of the two public Criteo click logs.
 *
 * Kaggle: as published with DLRM (Naumov et al. 2019). Terabyte: with ids folded to at most 10 million.
 */
export const presetCardinalities = {
  'criteo-kaggle': [
    1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
    5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
  ],
  'criteo-terabyte': [
    9980333, 36084, 17217, 7378, 20134, 3, 7112, 1442, 61, 9758201, 1333352, 313829, 10, 2208, 11156, 122, 4,
    970, 14, 9994222, 7267859, 9946608, 415421, 12420, 101, 36,
  ],
} as const satisfies Record<string, readonly number[]>;

export type PresetName = keyof typeof presetCardinalities;

/** A preset with every cardinality multiplied by `scale` and rounded up: the same shape, smaller or larger. */
export function scaledCardinalities(preset: PresetName, scale: number): number[] {
  return presetCardinalities[preset].map((cardinality) => Math.ceil(cardinality * scale));
}
