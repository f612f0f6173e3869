import { interactionWidth } from '@ttrec/backend/kernels';
import { checkChoice, checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';

/** How the feature vectors of a row meet before the top MLP. */
export type InteractionConfig =
  /** Dot products of all pairs, next to the bottom MLP's output. */
  | { readonly kind: 'dot'; readonly selfInteraction?: boolean | undefined }
  /** All vectors side by side. */
  | { readonly kind: 'cat' }
  /**
   * All vectors side by side through a low-rank cross network, `x ↦ x₀ ∘ (U V x + b) + x` a layer (Wang et al., "DCN V2",
   * 2021; the DLRM-DCNv2 of MLPerf). 3 layers by default; `rank`, the rows of V, at most the width and 64 by default.
   */
  | { readonly kind: 'dcn'; readonly layers?: number | undefined; readonly rank?: number | undefined }
  /**
   * The sum of the products of all pairs, column by column, next to the bottom MLP's output: the second-order term of a
   * factorization machine before its columns are added up (He and Chua, "Neural FM", 2017).
   */
  | { readonly kind: 'fm' };

/** The vectors that meet: so many a row, of D columns each. */
export interface InteractionShape {
  readonly vectors: number;
  readonly embeddingDim: number;
  readonly hasDense: boolean;
}

const kinds = ['dot', 'cat', 'dcn', 'fm'] as const;

/**
 * Columns that the top MLP reads.
 *
 * @throws `dlrm/bad-interaction`, `dlrm/no-pairs`, `dlrm/bad-width`, `dlrm/unknown-option`
 */
export function interactedWidth(interaction: InteractionConfig, shape: InteractionShape): number {
  const kind = (interaction as Partial<InteractionConfig> | null | undefined)?.kind;
  checkChoice(error, 'bad-interaction', 'interaction kind', kind, kinds);
  const { vectors, embeddingDim, hasDense } = shape;
  switch (interaction.kind) {
    case 'dot':
      checkOptions(error, 'interaction', interaction, {
        kind: { required: ['dot'] },
        selfInteraction: 'boolean',
      });
      return dotWidth(interaction.selfInteraction ?? false, shape);
    case 'cat':
      checkOptions(error, 'interaction', interaction, { kind: { required: ['cat'] } });
      return vectors * embeddingDim;
    case 'dcn':
      checkOptions(error, 'interaction', interaction, {
        kind: { required: ['dcn'] },
        layers: 'any',
        rank: 'any',
      });
      crossShape(interaction, vectors * embeddingDim);
      return vectors * embeddingDim;
    case 'fm':
      checkOptions(error, 'interaction', interaction, { kind: { required: ['fm'] } });
      if (vectors < 2) throw noPairs('fm needs two vectors a row', vectors);
      return embeddingDim * (hasDense ? 2 : 1);
  }
}

function dotWidth(selfInteraction: boolean, { vectors, embeddingDim, hasDense }: InteractionShape): number {
  const width = interactionWidth({
    featureCount: vectors,
    featureCols: vectors * embeddingDim,
    selfInteraction,
    passThrough: hasDense,
  });
  if (width > 1 || (width === 1 && selfInteraction)) return width;
  if (width === 0) throw noPairs('dot needs two vectors a row, dense features, or selfInteraction', vectors);
  throw error('weak-interaction', {
    subject: 'interaction',
    rule: 'dot must put out more than one number a row, for ids say little by that',
    got: `${vectors} vectors`,
    hint: 'Use { "kind": "cat" }.',
  });
}

function noPairs(rule: string, vectors: number): Error {
  return error('no-pairs', {
    subject: 'interaction',
    rule,
    got: `${vectors} vector`,
    hint: 'Use { "kind": "cat" }.',
  });
}

/** Layers and rank of a cross network over `width` columns. @throws `dlrm/bad-width` */
export function crossShape(
  { layers = 3, rank }: Extract<InteractionConfig, { kind: 'dcn' }>,
  width: number,
): { readonly layers: number; readonly rank: number } {
  const used = rank ?? Math.min(64, width);
  requireInteger('interaction layers', layers, Infinity);
  requireInteger('interaction rank', used, width);
  return { layers, rank: used };
}

function requireInteger(subject: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  const rule = `must be an integer from 1${most === Infinity ? '' : ` to the ${most} columns of the vectors`}`;
  throw error('bad-width', { subject, rule, got: value });
}

/** Weights and biases of the interaction itself. */
export function interactionParameters(interaction: InteractionConfig, width: number): number {
  if (interaction.kind !== 'dcn') return 0;
  const { layers, rank } = crossShape(interaction, width);
  return layers * (2 * rank * width + width);
}
