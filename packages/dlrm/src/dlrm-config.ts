import type { Backend } from '@ttrec/backend';
import { interactionWidth } from '@ttrec/backend/kernels';
import { checkChoice, checkOptions, type OptionRules } from '@ttrec/core';
import type { OptimizerConfig, TableSpec } from '@ttrec/embeddings';
import { checkOptimizer, featuresOf } from '@ttrec/embeddings/kind';
import { error } from './error.ts';

/** How the feature vectors of a row meet before the top MLP. */
export type InteractionConfig =
  /** Dot products of all pairs, next to the bottom MLP's output. */
  | { readonly kind: 'dot'; readonly selfInteraction?: boolean }
  /** All vectors side by side. */
  | { readonly kind: 'cat' };

/** A DLRM: Naumov et al., "Deep Learning Recommendation Model for Personalization and Recommendation Systems", 2019. */
export interface DlrmConfigInput {
  /** Numbers a row brings beside its ids; 0 leaves the bottom MLP out. */
  readonly denseFeatures: number;
  /** D. */
  readonly embeddingDim: number;
  readonly tables: readonly TableSpec[];
  /** The names of all features in the order of batches; by default that of the tables and their `featureNames`. */
  readonly features?: readonly string[] | undefined;
  /** Hidden widths of the bottom MLP, [64] by default; a layer of width D is added at its end. */
  readonly bottomMlp?: readonly number[] | undefined;
  /** Hidden widths of the top MLP, [64, 32] by default; a layer of width 1 is added at its end. */
  readonly topMlp?: readonly number[] | undefined;
  /** `{ kind: 'dot' }` by default. */
  readonly interaction?: InteractionConfig | undefined;
  /** Adagrad for both by default. */
  readonly optimizer?:
    | {
        readonly embeddings: OptimizerConfig;
        /** For the MLPs: `sgd` or `adagrad`. */
        readonly dense: OptimizerConfig;
      }
    | undefined;
  /** 0 by default. */
  readonly seed?: number | undefined;
  /** Start of the last bias, a logit: 0 predicts one half, log(p / (1 - p)) the base rate p. 0 by default. */
  readonly outputBias?: number | undefined;
}

/** A config with its defaults filled in. */
export type DlrmConfig = {
  readonly [Field in Exclude<keyof DlrmConfigInput, 'outputBias'>]-?: NonNullable<DlrmConfigInput[Field]>;
} & Pick<DlrmConfigInput, 'outputBias'>;

export interface DlrmOptions extends DlrmConfigInput {
  /** What the model lives on. */
  readonly backend: Backend;
}

const configOptions: OptionRules<DlrmConfigInput> = {
  denseFeatures: 'any',
  embeddingDim: 'any',
  tables: 'any',
  features: 'any',
  bottomMlp: 'any',
  topMlp: 'any',
  interaction: 'any',
  optimizer: 'any',
  seed: 'any',
  outputBias: 'any',
};

/** @throws `dlrm/unknown-option`, `dlrm/bad-options` */
export function checkDlrmOptions(options: DlrmOptions): void {
  checkOptions(error, 'Dlrm', options, { ...configOptions, backend: 'any' });
}

/** Fills in what was left out. @throws `dlrm/unknown-option`, `dlrm/bad-options` */
export function completeConfig(input: DlrmConfigInput): DlrmConfig {
  checkOptions(error, 'Dlrm', input, configOptions);
  const {
    bottomMlp = [64],
    topMlp = [64, 32],
    interaction = { kind: 'dot' },
    optimizer = { embeddings: { rule: 'adagrad' }, dense: { rule: 'adagrad' } },
    seed = 0,
  } = input;
  const features = featuresOf(input.tables, input.features).map(({ name }) => name);
  return { ...input, features, bottomMlp, topMlp, interaction, optimizer, seed };
}

const dotOptions: OptionRules<Extract<InteractionConfig, { kind: 'dot' }>> = {
  kind: { required: ['dot'] },
  selfInteraction: 'boolean',
};

/** Widths that follow from a config. */
export interface DlrmShape {
  /** Feature vectors a row: the tables' features, and the bottom MLP's output if there is one. */
  readonly vectors: number;
  /** [denseFeatures, …, D]; undefined without dense features. */
  readonly bottomSizes: readonly number[] | undefined;
  /** [interaction width, …, 1]. */
  readonly topSizes: readonly number[];
}

/**
 * @throws `dlrm/bad-width`, `dlrm/bad-interaction`, `dlrm/bad-output-bias`, `dlrm/unsupported-optimizer`, `dlrm/no-pairs`
 */
export function dlrmShape(input: DlrmConfigInput): DlrmShape {
  const config = completeConfig(input);
  const { denseFeatures, embeddingDim, features, bottomMlp, topMlp, interaction } = config;
  checkWidth('denseFeatures', denseFeatures, 0);
  checkWidth('embeddingDim', embeddingDim, 1);
  checkWidths('bottomMlp', bottomMlp);
  checkWidths('topMlp', topMlp);
  checkOutputBias(config.outputBias ?? 0);
  checkOptions(error, 'optimizer', config.optimizer, { embeddings: 'any', dense: 'any' });
  checkDenseOptimizer(config.optimizer.dense);
  const hasDense = denseFeatures > 0;
  const vectors = features.length + (hasDense ? 1 : 0);
  const width = interactedWidth(interaction, vectors, embeddingDim, hasDense);
  return {
    vectors,
    bottomSizes: hasDense ? [denseFeatures, ...bottomMlp, embeddingDim] : undefined,
    topSizes: [width, ...topMlp, 1],
  };
}

function interactedWidth(
  interaction: InteractionConfig,
  vectors: number,
  dim: number,
  hasDense: boolean,
): number {
  checkInteraction(interaction);
  if (interaction.kind === 'cat') return vectors * dim;
  const selfInteraction = interaction.selfInteraction ?? false;
  const width = interactionWidth({
    featureCount: vectors,
    featureCols: vectors * dim,
    selfInteraction,
    passThrough: hasDense,
  });
  if (width > 0) return width;
  throw error('no-pairs', {
    subject: 'interaction',
    rule: 'dot needs two vectors a row, dense features, or selfInteraction',
    got: `${vectors} vector`,
    hint: 'Use { "kind": "cat" }.',
  });
}

function checkInteraction(interaction: InteractionConfig): void {
  const kind = (interaction as Partial<InteractionConfig> | null | undefined)?.kind;
  checkChoice(error, 'bad-interaction', 'interaction kind', kind, ['dot', 'cat']);
  if (interaction.kind === 'dot') checkOptions(error, 'interaction', interaction, dotOptions);
  else checkOptions(error, 'interaction', interaction, { kind: { required: ['cat'] } });
}

function checkWidths(name: string, widths: readonly number[]): void {
  const list: unknown = widths;
  if (!Array.isArray(list)) throw error('bad-width', { subject: name, rule: 'must be a list', got: list });
  widths.forEach((width, i) => checkWidth(`${name}[${i}]`, width, 1));
}

function checkWidth(subject: string, width: number, least: number): void {
  if (Number.isInteger(width) && width >= least) return;
  throw error('bad-width', { subject, rule: `must be an integer from ${least}`, got: width });
}

function checkOutputBias(bias: number): void {
  if (Number.isFinite(bias)) return;
  throw error('bad-output-bias', {
    subject: 'outputBias',
    rule: 'must be a finite number',
    got: bias,
    hint: 'The base rate of labels that are all alike has no logit.',
  });
}

function checkDenseOptimizer(config: OptimizerConfig): void {
  checkOptimizer(config);
  const { rule } = config;
  if (rule === 'sgd' || rule === 'adagrad') return;
  throw error('unsupported-optimizer', {
    subject: 'optimizer.dense',
    rule: 'the MLPs train with sgd or adagrad, for they have no rows of a table',
    got: rule,
  });
}
