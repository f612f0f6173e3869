import type { DataConfig } from '../config/data-config.ts';
import type { LabelConfig } from '../config/table.ts';
import type { ColumnSummary } from './column-stats.ts';
import type { RecognisedFile } from './recognise.ts';
import type { ColumnRole } from './roles.ts';

/** A choice of a proposed config, and why. */
export interface Choice {
  /** Its place, such as `features.0`. */
  readonly at: string;
  readonly why: string;
}

export interface Proposal {
  readonly config: DataConfig;
  readonly choices: readonly Choice[];
}

type Input = { readonly column: ColumnSummary; readonly role: ColumnRole };
type Dense = { column: string; transform: 'log1p' | 'standardise'; flagMissing?: true };
type Feature = { column: string; table?: string; separator?: string };

/** The largest number that is so many times the median has its logarithm taken. */
const SKEWED = 5;
/** Missing cells of a larger share get a column that tells. */
const FEW_MISSING = 0.01;
const HELD_OUT = 0.1;

/** A config with the columns in these roles. Columns of a contest come in pairs. Undefined if no column is a feature. */
export function propose(
  file: RecognisedFile,
  label: LabelConfig,
  why: string,
  inputs: readonly Input[],
): Proposal | undefined {
  const choices: Choice[] = [{ at: 'label', why }];
  const dense: Dense[] = [];
  const features: Feature[] = [];
  for (const { column, role } of sidesOf(label, inputs)) {
    for (const name of column.names) {
      if (role.role === 'dense') {
        choices.push({ at: `dense.${dense.length}`, why: denseWhy(column.summary) });
        dense.push(denseOf(name, column.summary));
      } else if (role.role === 'feature') {
        choices.push({ at: `features.${features.length}`, why: role.why });
        features.push({
          column: name,
          ...(column.table && { table: column.table }),
          ...(role.separator && { separator: role.separator }),
        });
      }
    }
  }
  if (features.length === 0) return undefined;
  const time = inputs.find(({ role }) => role.role === 'time')?.column.name;
  choices.push({
    at: 'split',
    why:
      time === undefined
        ? 'rows are drawn; split by a time if you have one'
        : `the latest rows are held out, as in use`,
  });
  const minCount = time === undefined ? 2 : 1;
  choices.push({ at: 'ids', why: idsWhy(minCount) });
  const naValues = [...new Set(inputs.flatMap(({ column }) => column.naValues))];
  if (naValues.length > 0)
    choices.push({ at: 'naValues', why: 'words for missing values among numbers and times' });
  const isPairs = dense.length === 0 && features.length === 2 && !features.some(({ separator }) => separator);
  const isRepeated = isPairs && time === undefined && 'column' in label;
  if (isRepeated)
    choices.push({ at: 'distinct', why: 'ids alone: one row for each pair, positive if any of its rows is' });
  const shares = { validation: HELD_OUT, test: HELD_OUT };
  const config = {
    ...file,
    label,
    ...(isRepeated && { distinct: features.map(({ column }) => column) }),
    ...(naValues.length > 0 && { naValues }),
    ...(dense.length > 0 && { dense }),
    features,
    ids: { kind: 'vocabulary', minCount },
    split: time === undefined ? { by: 'random', ...shares } : { by: 'column', column: time, ...shares },
    onBadLine: 'skip',
  } as DataConfig;
  choices.push({ at: 'onBadLine', why: 'rows that break a rule are left out and counted' });
  return { config, choices };
}

/**
 * Of rows drawn at random, values seen once are as new ones are. Later rows are another matter: what is new there was not yet there, rather than rare, and a row that rare values have
 * trained misleads (tennis: new players, by those who lost their only match; AUC 0.661 with 2, 0.720 with 1).
 */
function idsWhy(minCount: number): string {
  return minCount > 1
    ? 'values seen once share a row, which new values get too'
    : 'each value has a row; what is new in later rows is not like values seen once, so they share none';
}

interface Side {
  readonly column: {
    readonly names: readonly string[];
    readonly table: string | undefined;
    readonly summary: ColumnSummary;
  };
  readonly role: ColumnRole;
}

/** The columns by name; in a contest, those of winner and loser as those of A and B. */
function sidesOf(label: LabelConfig, inputs: readonly Input[]): Side[] {
  if (!('versus' in label))
    return inputs.map(({ column, role }) => ({
      column: { names: [column.name], table: undefined, summary: column },
      role,
    }));
  const { winner, loser, id } = label.versus;
  return inputs.flatMap(({ column, role }): Side[] => {
    const { name } = column;
    if (name.startsWith(loser)) return [];
    if (!name.startsWith(winner))
      return [{ column: { names: [name], table: undefined, summary: column }, role }];
    const suffix = name.slice(winner.length);
    if (!inputs.some((other) => other.column.name === loser + suffix)) return [];
    const isId = suffix === id;
    const names = [`a_${suffix}`, `b_${suffix}`];
    const side: ColumnRole = isId ? { role: 'feature', why: 'both sides share one table' } : role;
    const isFeature = side.role === 'feature';
    return [
      {
        column: { names, table: isFeature ? (isId ? 'player' : suffix) : undefined, summary: column },
        role: side,
      },
    ];
  });
}

function isSkewed({ numbers, values }: ColumnSummary): boolean {
  if (numbers === undefined || numbers.some((number) => number < 0)) return false;
  const sorted = numbers
    .map((number, i) => ({ number, count: values[i]!.count }))
    .toSorted((a, b) => a.number - b.number);
  const half = sorted.reduce((sum, { count }) => sum + count, 0) / 2;
  let below = 0;
  const median = sorted.find(({ count }) => (below += count) >= half)!.number;
  return sorted.at(-1)!.number > SKEWED * Math.max(median, 1e-9);
}

function denseOf(column: string, summary: ColumnSummary): Dense {
  const transform = isSkewed(summary) ? 'log1p' : 'standardise';
  return { column, transform, ...(summary.missing > FEW_MISSING * summary.rows && { flagMissing: true }) };
}

function denseWhy(summary: ColumnSummary): string {
  const spread = isSkewed(summary) ? 'a number of many sizes' : 'a number';
  return summary.missing > FEW_MISSING * summary.rows ? `${spread}, with a flag for missing cells` : spread;
}
