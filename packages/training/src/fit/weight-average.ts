import { checkOptions, type OptionRules } from '@ttrec/core/options';
import type { Dlrm } from '@ttrec/dlrm';
import { error } from '../error.ts';

/** How the weights of a training are averaged over its steps. */
export type AveragingConfig = MeanAveraging | DecayingAveraging;

interface CommonAveraging {
  /** Steps done before the first weights are taken; 0 by default. */
  readonly start?: number | undefined;
  /** Steps between weights that are taken; 10 by default. Each takes a copy of all tables. */
  readonly every?: number | undefined;
}

/** All weights alike (Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018). */
export interface MeanAveraging extends CommonAveraging {
  readonly kind: 'mean';
}

/** `average = decay · average + (1 - decay) · weights`, from the first weights on. */
export interface DecayingAveraging extends CommonAveraging {
  readonly kind: 'ema';
  /** 0.99 by default. */
  readonly decay?: number | undefined;
}

interface AnyAveraging extends CommonAveraging {
  readonly kind: AveragingConfig['kind'];
  readonly decay?: number | undefined;
}

const rules: OptionRules<AnyAveraging> = {
  kind: { required: ['mean', 'ema'] },
  start: 'any',
  every: 'any',
  decay: 'any',
};

/** @throws `training/bad-option`, `training/unknown-option` */
export function checkAveraging(config: AveragingConfig): void {
  checkOptions(error, 'averaging', config as AnyAveraging, rules);
  const { start = 0, every = 10, kind } = config;
  const bad = (name: string, rule: string, got: unknown) =>
    error('bad-option', { subject: `averaging, ${name}`, rule, got });
  if (!Number.isSafeInteger(start) || start < 0) throw bad('start', 'must be an integer from 0', start);
  if (!Number.isSafeInteger(every) || every < 1) throw bad('every', 'must be an integer from 1', every);
  if (kind === 'mean') {
    if ('decay' in config) throw bad('decay', 'must go with "ema"', config.decay);
    return;
  }
  const { decay = 0.99 } = config;
  if (!(decay >= 0 && decay < 1)) throw bad('decay', 'must be from 0 and below 1', decay);
}

/**
 * The average of a model's weights over steps, on the host: 4 bytes a parameter. Of compressed tables, what is trained is averaged: the
 * cores of a TT, the rows behind a hash.
 */
export class WeightAverage {
  readonly #model: Dlrm;
  readonly #config: AveragingConfig;
  readonly #values = new Map<string, Float32Array>();
  #count = 0;

  /** @throws `training/bad-option`, `training/unknown-option`; `training/cannot-average` for tables of integers, caches, and tables that workers divide */
  constructor(model: Dlrm, config: AveragingConfig) {
    checkAveraging(config);
    requireFloats(model);
    this.#model = model;
    this.#config = config;
  }

  /** How often weights were taken; there is no average before the first. */
  get count(): number {
    return this.#count;
  }

  /** By the name of a parameter of the model. */
  get values(): ReadonlyMap<string, Float32Array> {
    return this.#values;
  }

  /** Takes the weights after a step if it is due. O(parameters) then. */
  async update(step: number): Promise<void> {
    const { start = 0, every = 10 } = this.#config;
    if (step <= start || (step - start) % every !== 0) return;
    const share = this.#share(++this.#count);
    for (const [name, weights] of await this.#read()) {
      const average = this.#values.get(name);
      if (average === undefined) this.#values.set(name, weights);
      else for (let i = 0; i < average.length; i++) average[i]! += share * (weights[i]! - average[i]!);
    }
  }

  /** Arrays for an average, in the order of `values`. */
  room(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.#read();
  }

  /** Goes on from an average that was saved. @param values of every parameter */
  restore(count: number, values: ReadonlyMap<string, Float32Array>): void {
    this.#count = count;
    for (const [name, average] of values) this.#values.set(name, average);
  }

  /** Does something while the model has the averaged weights, if there are any. It has its own again afterwards. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#count === 0) return work();
    const own = await this.#read();
    this.#write(this.#values);
    try {
      return await work();
    } finally {
      this.#write(own);
    }
  }

  /** Leaves the averaged weights in the model, if there are any. */
  apply(): void {
    if (this.#count > 0) this.#write(this.#values);
  }

  /** What the weights of this moment count for. */
  #share(count: number): number {
    const config = this.#config;
    if (config.kind === 'mean' || count === 1) return 1 / count;
    return 1 - (config.decay ?? 0.99);
  }

  async #read(): Promise<Map<string, Float32Array>> {
    const { parameters, backend } = this.#model;
    const values = parameters.map(async ({ name, weights }) => [name, await backend.read(weights)] as const);
    return new Map(await Promise.all(values));
  }

  #write(values: ReadonlyMap<string, Float32Array>): void {
    for (const { name, weights } of this.#model.parameters)
      this.#model.backend.write(weights, values.get(name)!);
  }
}

/**
 * What is no float32 number has no mean, the rows of a cache change their ids, and an average is saved by one worker.
 * @throws `training/cannot-average`, naming the table
 */
function requireFloats(model: Dlrm): void {
  const names = new Set(model.parameters.map(({ name }) => name));
  const other = model
    .state()
    .find(({ name, dtype, role }) => role === 'model' && (dtype !== 'F32' || !names.has(name)));
  if (other === undefined) return;
  const table = model.config.tables.find(({ name }) =>
    [`table.${name}.`, `wide.${name}.`].some((prefix) => other.name.startsWith(prefix)),
  );
  if (table && model.sharding?.divides(table))
    throw error('cannot-average', {
      subject: `averaging, table "${table.name}"`,
      rule: 'must be whole on every worker',
      got: 'rows divided among the workers',
      hint: 'Store it as "tt" or "hash", set "shardedTables" to "none", or leave "averaging" out of the training section.',
    });
  throw error('cannot-average', {
    subject: table ? `averaging, table "${table.name}"` : `averaging, ${other.name}`,
    rule: 'must have only float32 numbers that stay those of their ids, and no integers or cache',
    got: table?.config ?? other.dtype,
    hint: 'Train another kind of table, or leave "averaging" out of the training section.',
  });
}
