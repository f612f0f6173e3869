import type { LearningRates } from '@ttrec/dlrm';
import { checkChoice, checkOptions, type OptionRules } from '@ttrec/core/options';
import { error } from '../error.ts';

/** A learning rate by the number of steps done, from 0: a pure function, so that a resumed run takes the same steps. */
export type Schedule = (step: number) => number;

/** A schedule as plain data, for a config: see `scheduleOf`. */
export type ScheduleConfig = ConstantConfig | DecayConfig | StepsConfig;

interface CommonConfig {
  /** The highest rate. */
  readonly rate: number;
  /** Steps over which the rate first rises from 0 to `rate`, in equal parts; 0 by default. */
  readonly warmup?: number | undefined;
}

/** Stays at `rate` after the warm-up. */
export interface ConstantConfig extends CommonConfig {
  readonly kind: 'constant';
}

/** Falls along half a cosine (Loshchilov & Hutter, "SGDR", 2017, without restarts), or in equal parts. */
export interface DecayConfig extends CommonConfig {
  readonly kind: 'cosine' | 'linear';
  /** The step at which the fall ends; `final` from there on. */
  readonly steps: number;
  /** 0 by default. */
  readonly final?: number | undefined;
}

/** Multiplied by `factor` after each `every` steps. */
export interface StepsConfig extends CommonConfig {
  readonly kind: 'steps';
  readonly every: number;
  readonly factor: number;
}

/**
 * The schedule of a learning rate: a number is a constant one, a function is itself.
 *
 * @throws `training/bad-schedule`, `training/unknown-option`
 */
export function scheduleOf(rate: number | Schedule | ScheduleConfig): Schedule {
  if (typeof rate === 'function') return rate;
  if (typeof rate === 'number') return () => rate;
  check(rate);
  const { warmup = 0 } = rate;
  const decay = decayOf(rate);
  return (step) => (step < warmup ? (rate.rate * (step + 1)) / warmup : decay(step));
}

/** A schedule for each part of a model. */
export interface RateSchedules {
  readonly embeddings: number | Schedule | ScheduleConfig;
  readonly dense: number | Schedule | ScheduleConfig;
  /** Of the wide term; that of the tables by default. */
  readonly wide?: number | Schedule | ScheduleConfig | undefined;
}

/** What `FitOptions` take for a learning rate. */
export type RateOption = number | Schedule | ScheduleConfig | RateSchedules;

/**
 * The rates of a step, by its number.
 *
 * @throws `training/bad-schedule`, `training/unknown-option`
 */
export function ratesOf(rate: RateOption): (step: number) => number | LearningRates {
  if (typeof rate !== 'object' || !('embeddings' in rate)) return scheduleOf(rate);
  checkOptions(error, 'learningRate', rate, { embeddings: 'any', dense: 'any', wide: 'any' });
  const [embeddings, dense, wide] = [rate.embeddings, rate.dense, rate.wide ?? rate.embeddings].map(
    scheduleOf,
  );
  return (step) => ({ embeddings: embeddings!(step), dense: dense!(step), wide: wide!(step) });
}

function decayOf(config: ScheduleConfig): Schedule {
  if (config.kind === 'constant') return () => config.rate;
  if (config.kind === 'steps') {
    const { rate, every, factor, warmup = 0 } = config;
    return (step) => rate * factor ** Math.floor((step - warmup) / every);
  }
  const { kind, rate, steps, final = 0, warmup = 0 } = config;
  return (step) => {
    const done = Math.min(1, (step - warmup) / (steps - warmup));
    return final + (rate - final) * (kind === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1 - done);
  };
}

const constantOptions: OptionRules<ConstantConfig> = {
  kind: { required: ['constant'] },
  rate: 'any',
  warmup: 'any',
};
const decayOptions: OptionRules<DecayConfig> = {
  kind: { required: ['cosine', 'linear'] },
  rate: 'any',
  warmup: 'any',
  steps: 'any',
  final: 'any',
};
const stepsOptions: OptionRules<StepsConfig> = {
  kind: { required: ['steps'] },
  rate: 'any',
  warmup: 'any',
  every: 'any',
  factor: 'any',
};

function check(config: ScheduleConfig): void {
  const kind = (config as ScheduleConfig | null)?.kind;
  checkChoice(error, 'bad-schedule', 'learningRate, kind', kind, ['constant', 'cosine', 'linear', 'steps']);
  const { rate, warmup = 0 } = config;
  requireNumber('rate', rate, rate > 0, 'must be a number above 0');
  requireNumber('warmup', warmup, Number.isInteger(warmup) && warmup >= 0, 'must be an integer from 0');
  if (config.kind === 'constant') {
    checkOptions(error, 'learningRate', config, constantOptions);
  } else if (config.kind === 'steps') {
    checkOptions(error, 'learningRate', config, stepsOptions);
    const { every, factor } = config;
    requireNumber('every', every, Number.isInteger(every) && every > 0, 'must be an integer from 1');
    requireNumber('factor', factor, factor > 0, 'must be a number above 0');
  } else {
    checkOptions(error, 'learningRate', config, decayOptions);
    const { steps, final = 0 } = config;
    requireNumber(
      'steps',
      steps,
      Number.isInteger(steps) && steps > warmup,
      'must be an integer above warmup',
    );
    requireNumber('final', final, final >= 0, 'must be a number from 0');
  }
}

function requireNumber(name: string, value: number, holds: boolean, rule: string): void {
  if (Number.isFinite(value) && holds) return;
  throw error('bad-schedule', { subject: `learningRate, ${name}`, rule, got: value });
}
