import {
  type Command,
  type CommandUnknownOpts,
  Option,
  type OptionValues,
} from '@commander-js/extra-typings';
import { regimes, type ComparisonSettings, type Varied } from '@ttrec/training/compare';
import type { CompareConfig, TrainConfig } from '@ttrec/training/config';
import { usageError } from '../error.ts';
import { list, positive, seconds } from '../options/values.ts';
import { arms, armsNamed, defaultArms, measuredArm } from './arms.ts';
import { parseBudgets, type Budget } from './budgets.ts';

/** Flags of a comparison at equal bytes. */
export interface ArmFlags {
  readonly budgets?: Budget[] | undefined;
  readonly seeds?: number | undefined;
  readonly arms?: string[] | undefined;
  readonly vary?: string[] | undefined;
  readonly trials?: number | undefined;
  readonly regime?: ComparisonSettings['regime'] | undefined;
  readonly order?: 'file' | 'shuffled' | undefined;
  readonly baseline?: string | undefined;
  readonly keepPredictions?: true | undefined;
  /** Seconds. */
  readonly measure?: number | undefined;
  /** Whole trainings. */
  readonly measureTrials?: number | undefined;
}

/** Adds the options of a comparison at equal bytes to a command. */
export function withArmOptions<Args extends unknown[], Flags extends OptionValues>(
  command: Command<Args, Flags>,
) {
  return command
    .addOption(
      new Option(
        '--budgets <list>',
        'compare arms at these bytes of all tables: 16x (a sixteenth of dense), 2MB; needs no variants',
      ).argParser(parseBudgets),
    )
    .option(
      '--seeds <count>',
      'train everything with so many paired seeds (default: 5 with --budgets)',
      positive,
    )
    .option('--arms <list>', 'arms to compare (default: all but the controls)', list)
    .option(
      '--vary <list>',
      'what differs from seed to seed: split, order, start (default: order,start)',
      list,
    )
    .option(
      '--trials <count>',
      'settings that each arm tries on validation rows at each budget (default: 1)',
      positive,
    )
    .addOption(
      new Option(
        '--regime <name>',
        'one epoch, or several epochs stopped on validation (default: one-epoch)',
      ).choices(regimes),
    )
    .addOption(
      new Option(
        '--order <name>',
        'order of training rows (default: file if the split is by time or place, else shuffled)',
      ).choices(['file', 'shuffled'] as const),
    )
    .option('--baseline <arm>', 'arm that the others are compared with (default: hash, else the first)')
    .option(
      '--measure <time>',
      'with the arm "measured": what it may take at each budget, such as 90s (default: 10m)',
      seconds,
    )
    .option(
      '--measure-trials <count>',
      'the same for the work of so many whole trainings, with the same result on every machine',
      positive,
    )
    .option('--keep-predictions', 'keep the predictions of all trainings in the folder')
    .addHelpText('after', ({ command }) => `\nArms for --arms:\n${armList(command)}`);
}

function armList(command: CommandUnknownOpts): string {
  const help = command.createHelp();
  help.prepareContext({ helpWidth: process.stdout.columns || 80 });
  const width = Math.max(...arms.map(({ name }) => name.length));
  return arms.map(({ name, meaning }) => help.formatItem(name, width, meaning, help)).join('\n');
}

/** Whether the flags ask for a comparison of seeds or of arms at equal bytes. */
export function asksForArms({ budgets, seeds }: ArmFlags): boolean {
  return budgets !== undefined || seeds !== undefined;
}

const ALL: readonly Varied[] = ['split', 'order', 'start'];

/**
 * The settings of a comparison. Without budgets, its arms are the variants of the config.
 *
 * @throws `trainer/unknown-arm`, `trainer/needs-budgets`, `trainer/bad-vary`, `trainer/no-split-seed`, `trainer/no-variants`
 */
export function settingsOf(config: TrainConfig | CompareConfig, flags: ArmFlags): ComparisonSettings {
  const { budgets, seeds = 5, trials = 1, regime = 'one-epoch', keepPredictions = false } = flags;
  const names =
    budgets === undefined
      ? variantNames(config, flags)
      : armsNamed(flags.arms ?? defaultArms).map(({ name }) => name);
  const { baseline = names.includes('hash') ? 'hash' : names[0]! } = flags;
  if (!names.includes(baseline)) {
    const rule = `must be one of the arms compared, ${names.join(', ')}`;
    throw usageError('unknown-arm', { subject: '--baseline', rule, got: baseline });
  }
  if (trials > 1 && hasNoValidation(config)) {
    const rule = 'needs validation rows to choose by: hold some out in the split of the config';
    throw usageError('no-validation', { subject: '--trials', rule, got: trials });
  }
  return {
    arms: names,
    budgets: budgets ?? [],
    seeds,
    vary: varied(config, flags.vary ?? ['order', 'start']),
    trials,
    regime,
    inFileOrder: flags.order === undefined ? isInTime(config) : flags.order === 'file',
    baseline,
    keepPredictions,
    ...measureSetting(names, flags),
  };
}

/** Time for the arm `measured`, if there is none. */
const MEASURE_SECONDS = 600;

/**
 * What the arm `measured` may take.
 *
 * @throws `trainer/bad-measure`
 */
export function measureSetting(
  arms: readonly string[],
  { measure, measureTrials }: ArmFlags,
): Pick<ComparisonSettings, 'measure'> {
  const given = measure ?? measureTrials;
  if (measure !== undefined && measureTrials !== undefined) {
    const rule = 'go one without the other';
    throw usageError('bad-measure', { subject: '--measure, --measure-trials', rule });
  }
  if (arms.includes(measuredArm.name)) {
    return {
      measure:
        measureTrials === undefined ? { seconds: measure ?? MEASURE_SECONDS } : { trials: measureTrials },
    };
  }
  if (given === undefined) return {};
  throw usageError('bad-measure', {
    subject: measure === undefined ? '--measure-trials' : '--measure',
    rule: `goes with the arm "${measuredArm.name}"`,
    got: given,
    hint: `Name it with --arms, such as --arms hash,tt,${measuredArm.name}.`,
  });
}

function variantNames(config: TrainConfig | CompareConfig, { arms: asked }: ArmFlags): string[] {
  if (asked !== undefined) {
    throw usageError('needs-budgets', {
      subject: '--arms',
      rule: 'goes with --budgets',
      got: asked.join(','),
    });
  }
  if ('variants' in config) return config.variants.map(({ name }) => name);
  throw usageError('no-variants', {
    subject: '--seeds',
    rule: 'needs --budgets, or a config with variants',
    got: `config "${config.name}" without variants`,
  });
}

function varied({ data }: TrainConfig | CompareConfig, names: readonly string[]): Varied[] {
  const odd = names.find((name) => !ALL.includes(name as Varied));
  if (odd !== undefined)
    throw usageError('bad-vary', { subject: '--vary', rule: `must be among ${ALL.join(', ')}`, got: odd });
  if (names.includes('split') && data.format !== 'synthetic' && data.split.by !== 'random') {
    throw usageError('no-split-seed', {
      subject: '--vary split',
      rule: 'needs a split that is drawn',
      got: `a split by "${data.split.by}"`,
      hint: 'Leave split out: the same rows are held out with every seed.',
    });
  }
  return ALL.filter((name) => names.includes(name));
}

/** Whether rows that are held out come after those that are trained on. */
function isInTime({ data }: TrainConfig | CompareConfig): boolean {
  return data.format !== 'synthetic' && data.split.by !== 'random';
}

function hasNoValidation({ data }: TrainConfig | CompareConfig): boolean {
  if (data.format === 'synthetic') return data.rows.validation === 0;
  return 'validation' in data.split && data.split.validation === 0;
}
