import { formatRate, formatRatio, formatSpread } from './format.ts';
import { isGoalMet, type CaseRecord, type ContenderRecord } from '../record.ts';

/** The results of a case as lines of a terminal. */
export function caseTable({ name, unit, contenders }: CaseRecord): string {
  const rows = contenders.map((contender) => rowOf(contender, unit));
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => pad(cell, widths[column]!, column)).join('  '));
  return [name, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
}

function rowOf(contender: ContenderRecord, unit: string): string[] {
  const { name, rate, ratio, reason, details } = contender;
  const rates = rate ? `${formatRate(rate.median)} ${unit}/s` : '–';
  const ratios = ratio ? `${formatRatio(ratio.median)}  ${formatSpread(ratio)}` : '';
  const spread = ratio || !rate ? '' : `(${formatRate(rate.low)} to ${formatRate(rate.high)})`;
  return [name, rates, ratios || spread, goalInWords(contender), reason ?? details ?? ''];
}

/** What is to be reached against a contender, and whether it is at the median. */
export function goalInWords(contender: ContenderRecord): string {
  const goal = goalOf(contender);
  const isMet = isGoalMet(contender);
  if (goal === '' || isMet === undefined) return goal;
  return `${goal} ${isMet ? 'met' : 'missed'}`;
}

function goalOf({ atLeast, atMost, rateAtLeast }: ContenderRecord): string {
  if (atLeast !== undefined) return `≥ ${formatRatio(atLeast)}`;
  if (atMost !== undefined) return `≤ ${formatRatio(atMost)}`;
  return rateAtLeast === undefined ? '' : `≥ ${formatRate(rateAtLeast)}/s`;
}

/** Rates stand under one another at their right ends. */
function pad(cell: string, width: number, column: number): string {
  return column === 1 ? cell.padStart(width) : cell.padEnd(width);
}
