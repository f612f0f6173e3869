import type { Pooling } from '@ttrec/backend';
import { counted, typeName } from '@ttrec/core';
import { checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from '../error.ts';
import { indexOfNonFinite } from '../rows/finite.ts';

/** Bags of ids: bag b is `indices[offsets[b] … offsets[b + 1] - 1]`. */
export interface Bags {
  /** [L] */
  readonly indices: Uint32Array;
  /** [B + 1], from 0 to L, never descending. An empty bag is allowed. */
  readonly offsets: Uint32Array;
  /** [L], with sum pooling only. */
  readonly perSampleWeights?: Float32Array;
}

export const poolings: readonly Pooling[] = ['sum', 'mean'];

const options: OptionRules<Bags> = { indices: 'any', offsets: 'any', perSampleWeights: 'any' };

/**
 * Checks bags against the table they read. O(L).
 *
 * @throws `embeddings/bad-bags` (arrays of another type), `embeddings/offsets-length`,
 *   `embeddings/offsets-not-ascending`, `embeddings/index-out-of-range`, `embeddings/weights-length`,
 *   `embeddings/weights-not-finite`
 */
export function checkBags(feature: string, bags: Bags, batchSize: number, numEmbeddings: number): void {
  checkTypes(feature, bags);
  checkOffsets(feature, bags, batchSize);
  const { indices } = bags;
  for (let l = 0; l < indices.length; l++) {
    if (indices[l]! >= numEmbeddings) throw outOfRange(feature, bags, l, numEmbeddings);
  }
  checkWeightValues(feature, bags);
}

/** Ids [L] of the right type. @throws `embeddings/bad-bags` */
export function checkIds(feature: string, ids: Uint32Array): void {
  checkTypes(feature, { indices: ids, offsets: new Uint32Array(0) });
}

/** B, of bags whose arrays are of the right type. @throws `embeddings/bad-bags` */
export function bagCount(feature: string, bags: Bags): number {
  checkTypes(feature, bags);
  return Math.max(0, bags.offsets.length - 1);
}

/** An Int32Array, or numbers with fractions, would reach an engine as other ids than were meant. */
function checkTypes(feature: string, bags: Bags): void {
  checkOptions(error, `feature "${feature}", bags`, bags, options);
  const { indices, offsets, perSampleWeights } = bags;
  const check = (name: string, value: unknown, type: typeof Uint32Array | typeof Float32Array) => {
    if (value instanceof type) return;
    throw error('bad-bags', {
      subject: `feature "${feature}", ${name}`,
      rule: `must be a ${type.name}`,
      got: typeName(value),
    });
  };
  check('indices', indices, Uint32Array);
  check('offsets', offsets, Uint32Array);
  if (perSampleWeights !== undefined) check('perSampleWeights', perSampleWeights, Float32Array);
}

function checkWeightValues(feature: string, { indices, perSampleWeights }: Bags): void {
  if (!perSampleWeights) return;
  const subject = `feature "${feature}", perSampleWeights`;
  if (perSampleWeights.length !== indices.length) {
    const rule = `must hold one weight for each of the ${indices.length} indices`;
    throw error('weights-length', { subject, rule, got: perSampleWeights.length });
  }
  const place = indexOfNonFinite(perSampleWeights);
  if (place < 0) return;
  throw error('weights-not-finite', {
    subject: `${subject}[${place}]`,
    rule: 'must be a finite number',
    got: perSampleWeights[place],
  });
}

function checkOffsets(feature: string, { indices, offsets }: Bags, batchSize: number): void {
  if (offsets.length !== batchSize + 1) {
    throw error('offsets-length', {
      subject: `feature "${feature}", offsets`,
      rule: `must hold ${counted(batchSize + 1, 'number')} for ${counted(batchSize, 'bag')}`,
      got: offsets.length,
      hint: 'The last one is the number of indices (include_last_offset in PyTorch).',
    });
  }
  const ascending = (position: number, rule: string): Error =>
    error('offsets-not-ascending', {
      subject: `feature "${feature}", offsets[${position}]`,
      rule,
      got: offsets[position],
    });
  if (offsets[0] !== 0) throw ascending(0, 'must be 0');
  for (let b = 1; b <= batchSize; b++) {
    if (offsets[b]! < offsets[b - 1]!)
      throw ascending(b, `must not be below offsets[${b - 1}] = ${offsets[b - 1]}`);
  }
  if (offsets[batchSize] !== indices.length)
    throw ascending(batchSize, `must be the number of indices, ${indices.length}`);
}

function outOfRange(
  feature: string,
  { indices, offsets }: Bags,
  position: number,
  numEmbeddings: number,
): Error {
  let bag = 0;
  while (offsets[bag + 1]! <= position) bag++;
  return error('index-out-of-range', {
    subject: `feature "${feature}", bag ${bag}, position ${position}`,
    rule: `an index must be below numEmbeddings = ${numEmbeddings}`,
    got: indices[position],
    hint: 'Raise numEmbeddings, or send unseen ids to an out-of-vocabulary row or a hash.',
  });
}

/** @throws `embeddings/weights-with-mean` */
export function checkWeights(feature: string, bags: Bags, pooling: Pooling): void {
  if (!bags.perSampleWeights || pooling === 'sum') return;
  throw error('weights-with-mean', {
    subject: `feature "${feature}", perSampleWeights`,
    rule: 'go with sum pooling only',
    got: pooling,
  });
}
