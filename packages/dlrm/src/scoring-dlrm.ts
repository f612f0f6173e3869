import type { Backend } from '@ttrec/backend';
import { checkOptions } from '@ttrec/core/options';
import {
  type LoadStateOptions,
  type ScoringCollection,
  type StateReader,
  type StateTensor,
} from '@ttrec/embeddings';
import type { StateEntry } from '@ttrec/embeddings/kind';
import {
  parameterEntries,
  joinedState,
  loadState,
  stateTensors,
  type CheckedBags,
  type StateOwner,
} from '@ttrec/embeddings/model';
import { checkDense, type DlrmBatch } from './batch.ts';
import { checkDlrmOptions, completeConfig, type DlrmConfig, type DlrmOptions } from './dlrm-config.ts';
import { requireModelRoom } from './config/require-model-room.ts';
import { error } from './error.ts';
import { probabilities } from './metrics/probabilities.ts';
import type { ModelParameter } from './model-parameter.ts';
import { scoringNetwork, type Network } from './network.ts';

/** A batch whose bags have been checked. */
export interface CheckedBatch {
  readonly batch: DlrmBatch;
  readonly bags: CheckedBags;
  readonly broadcast: boolean;
}

export interface PredictOptions {
  /** `probabilities` by default. */
  readonly output?: 'probabilities' | 'logits';
  /**
   * Whether dense numbers of one row, or a feature of one bag, are those of every row of the batch: one user and many items. They are looked
   * up and computed once, and the result has the bits of a batch that repeats them. False by default.
   */
  readonly broadcast?: boolean;
}

/**
 * A DLRM that scores, without what training adds to it: what a page loads.
 *
 * A row's ids become one vector a feature, its numbers one more through the bottom MLP; the vectors interact, and the top
 * MLP makes a logit of it.
 */
export class ScoringDlrm {
  readonly config: DlrmConfig;
  readonly embeddings: ScoringCollection;
  readonly backend: Backend;
  /** @internal */
  protected readonly network: Network;

  /**
   * @throws what `scoringShape`, `EmbeddingBagCollection` and the backend's `createBuffer` throw, `embeddings/too-large` among
   *   it; nothing stays allocated then
   */
  constructor(options: DlrmOptions) {
    checkDlrmOptions(options);
    const { backend, sharding, ...input } = options;
    const config = completeConfig(input);
    requireModelRoom({ backend, sharding }, config);
    this.config = config;
    this.backend = backend;
    this.network = this.createNetwork(options, config);
    this.embeddings = this.network.embeddings;
  }

  /** Called by the constructor. @internal */
  protected createNetwork({ backend }: DlrmOptions, config: DlrmConfig): Network {
    return scoringNetwork(backend, config);
  }

  /** The first-order weights of ids, if there are any: the tables of the model with one column. */
  get wideEmbeddings(): ScoringCollection | undefined {
    return this.network.wide?.embeddings;
  }

  /** Every parameter that this worker has whole, in a fixed order. */
  get parameters(): readonly ModelParameter[] {
    const tables = this.#collections.flatMap(([prefix, { parameters }]) =>
      parameters.map(({ table, parameter }) => ({
        ...parameter,
        name: `${prefix}${table}.${parameter.name}`,
      })),
    );
    return [...this.network.dense.map(({ parameter }) => parameter), ...tables];
  }

  /**
   * Everything that training changes, as named tensors in the dtypes of safetensors: `bottom.0.weight`, `table.C3.core1`, their
   * optimizer state, and what tables keep on the host. Each is read when its `data` is called.
   */
  state(): StateTensor[] {
    return stateTensors(this.#stateOwner);
  }

  /**
   * Overwrites the model with saved tensors: of a file, or of another model by `stateReader`. Everything is checked before
   * anything is written. Throws the same errors as `EmbeddingBag.loadState`.
   */
  loadState(reader: StateReader, options?: LoadStateOptions): Promise<void> {
    return loadState(this.#stateOwner, reader, options);
  }

  get #stateOwner(): StateOwner {
    const parameters = this.network.dense.flatMap(({ parameter }) =>
      parameterEntries(this.backend, parameter),
    );
    const entries = [...parameters, ...this.trainingEntries];
    const dense = { entries, settled: async () => undefined, stateLoaded: () => undefined };
    const owners = this.#collections.map(([prefix, { stateOwner }]) => [prefix, stateOwner] as const);
    return joinedState([['', dense], ...owners]);
  }

  /** What only training changes beside parameters and tables. @internal */
  protected get trainingEntries(): readonly StateEntry[] {
    return [];
  }

  /** The collections of tables, and what goes before the names of their tensors. */
  get #collections(): readonly (readonly [prefix: string, ScoringCollection])[] {
    const { wide } = this.network;
    return [['table.', this.embeddings], ...(wide ? [['wide.', wide.embeddings] as const] : [])];
  }

  /**
   * Probabilities [B], the sigmoid taken in float64, or with `{ output: 'logits' }` the logits themselves: rank and score
   * by these, for a logit past 37 rounds to a probability of 1.
   *
   * @throws `dlrm/unknown-option`, `dlrm/bad-option`, and what `logits` throws
   */
  async predict(batch: DlrmBatch, options: PredictOptions = {}): Promise<Float64Array> {
    checkOptions(error, 'predict', options, { output: ['probabilities', 'logits'], broadcast: 'boolean' });
    const { broadcast = false } = options;
    const bags = this.check(batch, false, broadcast);
    const logits = await this.readLogits({ batch, bags, broadcast });
    return options.output === 'logits' ? new Float64Array(logits) : probabilities(logits);
  }

  /** @internal */
  protected readLogits({ batch, bags }: CheckedBatch): Promise<Float32Array> {
    return this.backend.read(this.network.forward(batch, bags));
  }

  /** Frees every buffer of the model; so does `using model = …`. */
  dispose(): void {
    this.network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Everything that can be wrong with a batch, before any of it has an effect. @internal */
  protected check(batch: DlrmBatch, training: boolean, broadcast = false): CheckedBags {
    checkDense(batch, this.config.denseFeatures, broadcast);
    return this.embeddings.check(batch.features, batch.size, { training, broadcast });
  }
}
