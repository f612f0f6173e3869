import type { LabelConfig } from '../config/table.ts';
import type { ColumnSummary } from './column-stats.ts';

/** Names that say that a column is the label. */
const NAMED =
  /^(label|clicks?|clicked|is_?click|clk|target|y|converted?|conversion|bought|purchased?|liked?|is_?[a-z]+ed)$/i;
/** Names of columns whose two values are likely an outcome. */
const OUTCOME = /(^|_)(action|event|outcome|result|status|response|type)$/i;
const RATING = /(^|_)(ratings?|stars?|score|grade|rate)$/i;
/** Values that mean yes, in the order of preference. */
const POSITIVE =
  /^(1|1\.0|true|yes|y|t|click(ed)?|buy|bought|purchased?|conver(ted|sion)|wins?|won|liked?)$/i;
/** Names and values of columns that say which part of the data a row is in. */
const PART = /^(part|split|fold|set|subset|partition)$/i;
const PARTS = /^(train(ing)?|test(ing)?|valid(ation)?|val|dev|eval)$/i;

/** A label, and why. */
export interface LabelGuess {
  readonly label: LabelConfig;
  readonly why: string;
}

export function isPart({ name, values }: ColumnSummary): boolean {
  return PART.test(name) || (values.length > 0 && values.every(({ text }) => PARTS.test(text)));
}

/** The label that a column gives: its positive value, or the least rating that parts the rows most evenly. Undefined for other columns. */
export function labelOf(column: ColumnSummary): LabelGuess | undefined {
  const { name, distinct, values } = column;
  if (distinct === 2) {
    const positive = positiveOf(column);
    return {
      label: { column: name, equals: positive },
      why: `${name} has two values; positive is ${positive}`,
    };
  }
  if (column.numbers === undefined || distinct < 2 || distinct > 100) return undefined;
  const pairs = column.numbers
    .map((number, i) => ({ number, count: values[i]!.count }))
    .toSorted((a, b) => b.number - a.number);
  const total = pairs.reduce((sum, { count }) => sum + count, 0);
  let above = 0;
  let best = { number: pairs[0]!.number, distance: Infinity, share: 0 };
  for (const { number, count } of pairs.slice(0, -1)) {
    above += count;
    const distance = Math.abs(above / total - 0.5);
    if (distance < best.distance) best = { number, distance, share: above / total };
  }
  const share = `${(100 * best.share).toFixed(0)} %`;
  return {
    label: { column: name, atLeast: best.number },
    why: `${name} is a number; positive from ${best.number} on (${share} of the rows), which parts the rows most evenly`,
  };
}

function positiveOf({ values }: ColumnSummary): string {
  const yes = values.find(({ text }) => POSITIVE.test(text));
  // Clicks are rarer than no clicks.
  return (yes ?? values.toSorted((a, b) => a.count - b.count || (a.text < b.text ? -1 : 1))[0]!).text;
}

/** The prefixes of winner and loser, if the rows are contests. */
function contestIn(names: readonly string[]): { winner: string; loser: string; id: string } | undefined {
  for (const [winner, loser] of [
    ['winner_', 'loser_'],
    ['winner.', 'loser.'],
    ['won_', 'lost_'],
  ] as const) {
    const id = ['id', 'name'].find(
      (suffix) => names.includes(winner + suffix) && names.includes(loser + suffix),
    );
    if (id !== undefined) return { winner, loser, id };
  }
  return undefined;
}

/** The most likely label, or the columns that it may be. */
export function guessLabel(
  columns: readonly ColumnSummary[],
): LabelGuess | { readonly candidates: readonly string[] } {
  const versus = contestIn(columns.map(({ name }) => name));
  if (versus)
    return {
      label: { versus },
      why: `rows name a ${versus.winner}${versus.id} and a ${versus.loser}${versus.id}: A has the lower id, and is positive where it won`,
    };
  const binary = columns.filter((column) => column.distinct === 2 && column.missing === 0 && !isPart(column));
  const ratings = columns.filter((column) => RATING.test(column.name) && labelOf(column));
  const named = columns.filter((column) => NAMED.test(column.name.trim()) && labelOf(column));
  for (const choice of [named, binary.filter(({ name }) => OUTCOME.test(name)), ratings, binary]) {
    if (choice.length === 1) return labelOf(choice[0]!)!;
    if (choice.length > 1) return { candidates: choice.map(({ name }) => name) };
  }
  return { candidates: [] };
}
