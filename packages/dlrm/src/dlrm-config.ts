import type { Backend } from '@ttrec/backend';
import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { TableSpec } from '@ttrec/embeddings';
import { featuresOf, type TableSharding } from '@ttrec/embeddings/model';
import {
  checkDropout,
  checkOptimizers,
  checkOutputBias,
  checkWide,
  checkWidth,
  checkWidths,
} from './config/check-config.ts';
import { error } from './error.ts';
import { interactedWidth, type InteractionConfig } from './interaction/interaction-config.ts';
import type { MlpInitialisation } from './layers/forward-mlp.ts';
import type { ModelOptimizer } from './config/model-optimizer.ts';
import type { WideConfig } from './wide-term.ts';

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
  /**
   * Adds a weight for every id and every dense column to the logit, as a logistic regression has them. Those of ids are
   * tables with D = 1, dense ones for `true`. None by default.
   */
  readonly wide?: boolean | WideConfig | undefined;
  /** How the layers of the MLPs start, but for the last one's weights, which are 0 with `glorot`, the default. */
  readonly mlpInitialisation?: MlpInitialisation | undefined;
  /** Share of the outputs of hidden layers of the MLPs that a step sets to 0; 0 by default. */
  readonly dropout?: number | undefined;
  /** Adagrad for all by default. */
  readonly optimizer?: ModelOptimizer | undefined;
  /** 0 by default. */
  readonly seed?: number | undefined;
  /** Start of the last bias, a logit: 0 predicts one half, log(p / (1 - p)) the base rate p. 0 by default. */
  readonly outputBias?: number | undefined;
}

/** A config with its defaults filled in. */
export type DlrmConfig = {
  readonly [
    Field in Exclude<keyof DlrmConfigInput, 'outputBias' | 'wide' | 'mlpInitialisation' | 'dropout'>
  ]-?: NonNullable<DlrmConfigInput[Field]>;
} & Pick<DlrmConfigInput, 'outputBias' | 'mlpInitialisation' | 'dropout'> & {
    readonly wide?: WideConfig | undefined;
  };

export interface DlrmOptions extends DlrmConfigInput {
  /** What the model lives on. */
  readonly backend: Backend;
  /** Which tables workers that train the model together divide among them; none by default. It changes no result. */
  readonly sharding?: TableSharding | undefined;
}

const configOptions: OptionRules<DlrmConfigInput> = {
  denseFeatures: 'any',
  embeddingDim: 'any',
  tables: 'any',
  features: 'any',
  bottomMlp: 'any',
  topMlp: 'any',
  interaction: 'any',
  wide: 'any',
  mlpInitialisation: ['glorot', 'pytorch'],
  dropout: 'any',
  optimizer: 'any',
  seed: 'any',
  outputBias: 'any',
};

/** @throws `dlrm/unknown-option`, `dlrm/bad-options` */
export function checkDlrmOptions(options: DlrmOptions): void {
  checkOptions(error, 'Dlrm', options, { ...configOptions, backend: 'any', sharding: 'any' });
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
    wide,
    ...rest
  } = input;
  const features = featuresOf(input.tables, input.features).map(({ name }) => name);
  return {
    ...rest,
    ...{ features, bottomMlp, topMlp, interaction, optimizer, seed },
    ...(wide && { wide: wide === true ? { default: { kind: 'dense' } } : wide }),
  };
}

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
 * @throws `dlrm/bad-width`, `dlrm/bad-interaction`, `dlrm/bad-output-bias`, `dlrm/unsupported-optimizer`, `dlrm/no-pairs`,
 *   `dlrm/weak-interaction`, `dlrm/bad-dropout`, `dlrm/bad-clip-norm`, `dlrm/bad-wide`
 */
export function dlrmShape(input: DlrmConfigInput): DlrmShape {
  checkOptimizers(completeConfig(input).optimizer);
  return scoringShape(input);
}

/** The same, whatever the optimizer: only training depends on it. */
export function scoringShape(input: DlrmConfigInput): DlrmShape {
  const config = completeConfig(input);
  const { denseFeatures, embeddingDim, features, bottomMlp, topMlp, interaction } = config;
  checkWidth('denseFeatures', denseFeatures, 0);
  checkWidth('embeddingDim', embeddingDim, 1);
  checkWidths('bottomMlp', bottomMlp);
  checkWidths('topMlp', topMlp);
  checkOutputBias(config.outputBias ?? 0);
  checkDropout(config.dropout ?? 0);
  if (config.wide) checkWide(config.wide, config.tables);
  const hasDense = denseFeatures > 0;
  const vectors = features.length + (hasDense ? 1 : 0);
  const width = interactedWidth(interaction, { vectors, embeddingDim, hasDense });
  return {
    vectors,
    bottomSizes: hasDense ? [denseFeatures, ...bottomMlp, embeddingDim] : undefined,
    topSizes: [width, ...topMlp, 1],
  };
}
